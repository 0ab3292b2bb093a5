import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TransferMessage } from "../../../events/transfer.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readPipeline } from "../../../cli/input/read-pipeline.ts";
import { createTransfer } from "../../../functions/transfer/transfer.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import {
  createNamespace,
  startMirrorWorld,
  TARGET,
  toTransferDeps,
  type Json,
  type MirrorWorld,
} from "../../support/mirror/mirror-world.ts";
import { deliver, toCompareMessage } from "../../support/mirror/transfer-message.ts";
import { writeTwoContexts } from "../../support/mirror/two-contexts.ts";
import { createConfigMap, patchConfigMap } from "./config-maps.ts";

const SECRET_VALUE = "cGFzc3dvcmQ=";
const OTHER_VALUE = "YW5vdGhlcg==";

/** The pipeline of these tests; the copies have this suffix. */
function toPipeline(suffix?: string): string {
  const names = suffix === undefined ? "" : `, names: { suffix: ${suffix} }`;
  return `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: prod }
clusters:
  - { name: ${TARGET}, access: { secret: backup } }
rules:
  - id: mirror-shop
    on: { resource: configmaps, namespaces: [shop] }
    where: "!has(object.data.private)"
    then: [ { mirror: { to: [${TARGET}], namespaces: { shop: shop-dr }${names} } } ]
  - id: mirror-absent
    on: { resource: configmaps, namespaces: [absent] }
    then: [ { mirror: { to: [${TARGET}] } } ]
  - id: mirror-secrets
    on: { resource: secrets, namespaces: [shop] }
    then: [ { mirror: { to: [${TARGET}], namespaces: { shop: shop-dr } } } ]
  - id: mirror-widgets
    on: { resource: widgets.shop.example }
    then: [ { mirror: { to: [${TARGET}] } } ]
  - id: tell
    on: { resource: jobs.batch }
    then: [ { alert: { to: team, summary: "'failed'" } } ]
`;
}

const WIDGETS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.shop.example" },
  spec: {
    group: "shop.example",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
};

type Found = { readonly kind: string; readonly source: string; readonly copy: string } & Json;
type Document = {
  readonly equal: boolean;
  readonly compared: number;
  readonly counts: Json;
  readonly mirrors: readonly (Json & {
    readonly rule: string;
    readonly differences: readonly Found[];
  })[];
};

describe("kubemend diff", () => {
  let world: MirrorWorld;
  let kubeconfig: string;
  let config: string;

  beforeAll(async () => {
    world = await startMirrorWorld();
    kubeconfig = writeTwoContexts(world);
    config = join(world.folder, "pipeline.yaml");
    writeFileSync(config, toPipeline());
    for (const name of ["shop", "absent"]) await createNamespace(world.source, name);
    await createNamespace(world.target, "shop-dr");
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  const diff = (...args: readonly string[]) =>
    kubemend(["diff", "--config", config, "--from", "prod", "--to", TARGET, ...args], {
      KUBECONFIG: kubeconfig,
    }).ended;
  const diffJson = async (...args: readonly string[]): Promise<Document> => {
    const { stdout } = await diff("--json", ...args);
    return JSON.parse(stdout) as Document;
  };
  const findOf = (document: Document, rule: string): readonly Found[] =>
    document.mirrors.find((one) => one.rule === rule)?.differences ?? [];
  const toKinds = (found: readonly Found[]) =>
    Object.fromEntries(found.map(({ kind, source }) => [source, kind]));

  const SHOP = "/api/v1/namespaces/shop/configmaps";
  const SHOP_DR = "/api/v1/namespaces/shop-dr/configmaps";
  const create = (name: string, data: Json) =>
    createConfigMap(world.source, SHOP, { metadata: { name }, data });
  const remove = (client: KubernetesClient, path: string) =>
    client.request({ method: "DELETE", path });
  /** Repairs as the functions do: a comparison of each rule, and all that it asks for. */
  const repair = async (): Promise<void> => {
    // A comparison that was not requested is not due again so soon; a Mirror that is not there is.
    const path = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/mirrors";
    await world.source.request({ method: "DELETE", path });
    const { rules } = await readPipeline(config);
    for (const { id } of rules.filter((rule) => rule.id !== "tell")) {
      const sent: TransferMessage[] = [];
      const transfer = createTransfer(toTransferDeps(world, rules, { sent }));
      await deliver(transfer, toCompareMessage(world, id));
      for (const message of sent) await deliver(transfer, message);
    }
  };

  it("shows what was never copied, and why something cannot be", async () => {
    await create("settings", { mode: "a" });
    await create("private", { private: "yes" });
    await createConfigMap(world.source, "/api/v1/namespaces/absent/configmaps", {
      metadata: { name: "settings" },
      data: { a: "1" },
    });
    await world.source.request({
      method: "POST",
      path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      body: WIDGETS,
    });
    await expect
      .poll(async () => {
        const document = await diffJson();
        return document.mirrors.find(({ rule }) => rule === "mirror-widgets")?.["refused"];
      })
      .toMatchObject({ code: "NotServed", message: expect.stringContaining("the target") });
    const document = await diffJson();
    expect(findOf(document, "mirror-shop")).toEqual([
      { kind: "missing", source: "shop/settings", copy: "shop-dr/settings" },
    ]);
    expect(findOf(document, "mirror-absent")).toMatchObject([
      { kind: "refused", copy: "absent/settings", reason: { code: "NamespaceMissing" } },
    ]);
    const { code, stdout } = await diff("--rule", "mirror-shop");
    expect(code).toBe(1);
    expect(stdout).toContain("  missing   shop/settings as shop-dr/settings\n");
  });

  it("is equal when the mirrors are repaired, and has written nothing before", async () => {
    const { items } = await world.target.request<{ readonly items: readonly unknown[] }>({
      method: "GET",
      path: SHOP_DR,
    });
    expect(items).toEqual([]);
    await createNamespace(world.target, "absent");
    await world.target.request({
      method: "POST",
      path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      body: WIDGETS,
    });
    await expect.poll(async () => (await diff("--rule", "mirror-widgets")).code).toBe(0);
    await repair();
    const { code, stdout } = await diff();
    expect(code).toBe(0);
    expect(stdout).toContain("mirror-shop: configmaps: 2 objects, equal\n");
    expect(stdout).toMatch(/^prod to backup-eu: \d+ objects: equal$/m);
  });

  it("shows each kind of difference, and is equal again when it is repaired", async () => {
    for (const name of ["stale", "drifted", "orphan", "gone"]) await create(name, { mode: "a" });
    await repair();
    await patchConfigMap(world.source, `${SHOP}/stale`, { mode: "b" });
    await patchConfigMap(world.target, `${SHOP_DR}/drifted`, { mode: "c" });
    await remove(world.source, `${SHOP}/orphan`);
    await remove(world.target, `${SHOP_DR}/gone`);
    await create("taken", { mode: "a" });
    await createConfigMap(world.target, SHOP_DR, {
      metadata: { name: "taken" },
      data: { theirs: "1" },
    });
    const found = findOf(await diffJson(), "mirror-shop");
    expect(toKinds(found)).toEqual({
      "shop/stale": "stale",
      "shop/drifted": "drifted",
      "shop/orphan": "orphan",
      "shop/gone": "missing",
      "shop/taken": "conflict",
    });
    const field = { path: "data.mode", live: "c", desired: "a" };
    expect(found.find(({ kind }) => kind === "drifted")).toMatchObject({ fields: [field] });
    const { stdout } = await diff("--rule", "mirror-shop");
    expect(stdout).toContain("    - data.mode: a\n    + data.mode: b\n");
    expect(stdout).toContain("shop-dr/taken of the target was not put there by Kubemend");
    await remove(world.target, `${SHOP_DR}/taken`);
    await repair();
    expect((await diff()).code).toBe(0);
  });

  it("shows copies at places that the rule no longer maps to", async () => {
    writeFileSync(config, toPipeline("-eu"));
    const found = findOf(await diffJson("--rule", "mirror-shop"), "mirror-shop");
    const misplaced = found.filter(({ kind }) => kind === "misplaced");
    expect(misplaced).toContainEqual({
      kind: "misplaced",
      source: "shop/settings",
      copy: "shop-dr/settings",
    });
    expect(found).toContainEqual({
      kind: "missing",
      source: "shop/settings",
      copy: "shop-dr/settings-eu",
    });
    await repair();
    expect((await diff()).code).toBe(0);
  });

  it("never shows the values of Secrets", async () => {
    const path = "/api/v1/namespaces/shop/secrets";
    const body = { metadata: { name: "db" }, data: { password: SECRET_VALUE, user: "YQ==" } };
    await world.source.request({ method: "POST", path, body });
    await repair();
    await world.target.request({
      method: "PATCH",
      path: "/api/v1/namespaces/shop-dr/secrets/db",
      query: { fieldManager: "somebody" },
      contentType: "application/merge-patch+json",
      body: { data: { password: OTHER_VALUE } },
    });
    const text = await diff("--rule", "mirror-secrets");
    const json = await diff("--rule", "mirror-secrets", "--json");
    expect(text.stdout).toContain("data.password: differs, and is not shown\n");
    for (const { stdout, stderr } of [text, json]) {
      expect(stdout + stderr).not.toContain(SECRET_VALUE);
      expect(stdout + stderr).not.toContain(OTHER_VALUE);
    }
    await repair();
    expect((await diff()).code).toBe(0);
  });

  it("ends with 2 if a cluster is not the one that is meant, may not be read, or is away", async () => {
    const same = await kubemend(
      ["diff", "--config", config, "--from", "prod", "--to", `${TARGET}=prod`],
      {
        KUBECONFIG: kubeconfig,
      },
    ).ended;
    expect(same.code).toBe(2);
    expect(same.stderr).toContain("are the same cluster");
    await world.controlPlanes.target.stop();
    const away = await diff();
    expect(away.code).toBe(2);
    expect(away.stderr).toContain(`in cluster ${TARGET}: `);
  });
});
