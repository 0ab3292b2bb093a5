import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import type { MirrorStatus } from "../../../../events/mirrors/mirror.ts";
import type { StatusDecision } from "../../../../adapters/kubernetes/api/change-status.ts";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../../core/errors.ts";
import { findMirror } from "../../../../core/pipeline/mirror-rule.ts";
import type { Rule } from "../../../../core/pipeline/pipeline.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import { diffMirror } from "../../../../cli/diff/diff-mirror.ts";
import { compare } from "../../../../functions/transfer/compare/compare.ts";
import { toCopy } from "../../../support/mirror/compare-case.ts";
import {
  CONFIG_MAPS,
  SOURCE_CLUSTER,
  toContext,
  toSource,
} from "../../../support/mirror/mirror-case.ts";
import { TARGET, toMirrorRule } from "../../../support/mirror/mirror-world.ts";
import { toNamespace } from "../../../support/mirror/transfer-case.ts";
import { toCompareMessage } from "../../../support/mirror/transfer-message.ts";

const STARTED = "2026-11-30T12:00:00.000Z";
const OLD = toRule({ shop: "shop-dr" });
const NEW = toRule({ shop: "shop-eu" });
const LIST = /^\/api\/v1\/(?:namespaces\/([^/]+)\/)?configmaps$/;

function toRule(namespaces: object): Rule {
  const on = { resource: "configmaps", namespaces: ["shop"] };
  return toMirrorRule("m", { on, mirror: { namespaces } });
}

function toMirror(rule: Rule) {
  const mirror = findMirror(rule);
  if (mirror === undefined) throw new Error("no mirror");
  return mirror;
}

/** The copy of shop/settings that a rule has made. */
function toCopyBy(rule: Rule): KubernetesObject {
  return toCopy(toSource({}), { ...toContext(), rule, mirror: toMirror(rule) });
}

/** The ConfigMaps of a target; lists of the namespaces in `forbidden` are refused ("": of all namespaces at once). */
class Target {
  status: MirrorStatus | undefined;
  readonly counted: string[] = [];
  readonly client: KubernetesClient;
  #objects: readonly KubernetesObject[];

  constructor(
    objects: readonly KubernetesObject[],
    forbidden: readonly string[] = [],
    code: "Forbidden" | "Unavailable" = "Forbidden",
  ) {
    this.#objects = objects;
    const request = async ({ method, path }: Parameters<KubernetesClient["request"]>[0]) => {
      const listed = LIST.exec(path);
      if (method === "DELETE") {
        this.#objects = this.#objects.filter((one) => toPath(one) !== path);
        return {};
      }
      if (listed === null) {
        const found = this.#objects.find((one) => toPath(one) === path);
        if (found !== undefined) return found;
        if (!path.includes("/configmaps/")) return toNamespace(path.split("/").at(-1) ?? "");
        throw new KubemendError("NotFound", "not found", { retryable: false });
      }
      const [, namespace = ""] = listed;
      if (forbidden.includes(namespace)) {
        throw new KubemendError(code, "cannot be listed", { retryable: code === "Unavailable" });
      }
      const items = this.#objects.filter(
        ({ metadata }) => namespace === "" || metadata.namespace === namespace,
      );
      return { metadata: {}, items };
    };
    this.client = { request } as unknown as KubernetesClient;
  }

  places(): readonly string[] {
    return this.#objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  }

  toWork(rule: Rule) {
    const catalog = createCatalog([{ ...CONFIG_MAPS, preferred: true }], "discovery");
    const discovery = { catalog: async () => catalog, refresh: async () => catalog };
    const request = async ({ path }: Parameters<KubernetesClient["request"]>[0]) => {
      if (LIST.test(path)) return { metadata: {}, items: [toSource({})] };
      return path.includes("/configmaps/") ? toSource({}) : toNamespace("shop");
    };
    return {
      rule,
      mirror: toMirror(rule),
      rules: [],
      source: { client: { request }, discovery, ...SOURCE_CLUSTER },
      target: { client: this.client, discovery, name: TARGET },
    } as never;
  }

  async compare(rule: Rule): Promise<void> {
    const log = (): void => undefined;
    const count = (name: string): void => void this.counted.push(name);
    const change = async <T>(
      _spec: unknown,
      decide: (status: MirrorStatus | undefined) => StatusDecision<MirrorStatus, T>,
    ): Promise<T> => {
      const decided = decide(this.status);
      if (decided.outcome === "write") this.status = decided.status;
      return decided.answer;
    };
    await compare(
      {
        mirrors: { change } as never,
        states: { noteAway: async () => false },
        problems: { findFailing: async () => [] },
        send: async () => undefined,
        now: () => Date.parse(STARTED),
      },
      {
        message: toCompareMessage({ clusterUid: SOURCE_CLUSTER.uid }, "m", STARTED),
        started: STARTED,
        mirror: { cluster: SOURCE_CLUSTER, rule: "m", target: TARGET },
        connect: async () => this.toWork(rule),
      },
      {
        signal: new AbortController().signal,
        deadlineMs: Number.POSITIVE_INFINITY,
        telemetry: { count, logger: { debug: log, info: log, warn: log, error: log } },
      },
    );
  }
}

function toPath({ metadata: { namespace, name } }: KubernetesObject): string {
  return `/api/v1/namespaces/${namespace}/configmaps/${name}`;
}

describe("copies in a namespace to which the rule maps nothing any more", () => {
  it("are deleted by the comparison", async () => {
    const target = new Target([toCopyBy(OLD), toCopyBy(NEW)]);
    await target.compare(NEW);
    expect(target.places()).toEqual(["shop-eu/settings"]);
    expect(target.status?.lastComparison?.orphans).toBe(1);
  });

  it("are deleted where an earlier comparison was, if only namespaces may be listed", async () => {
    const target = new Target([toCopyBy(OLD)], [""]);
    await target.compare(OLD);
    expect(target.status?.namespaces).toEqual(["shop-dr"]);
    await target.compare(NEW);
    expect(target.places()).toEqual([]);
    expect(target.status?.namespaces).toEqual(["shop-eu"]);
  });

  it("are counted, and remembered, where they may not be listed", async () => {
    const forbidden = [""];
    const target = new Target([toCopyBy(OLD)], forbidden);
    await target.compare(OLD);
    forbidden.push("shop-dr");
    await target.compare(NEW);
    expect(target.counted).toContain("CopiesUnlisted");
    expect(target.status).toMatchObject({ state: "InSync", namespaces: ["shop-eu", "shop-dr"] });
  });

  it("do not hold up the comparison if the target fails to list them", async () => {
    const target = new Target([toCopyBy(NEW)], [""], "Unavailable");
    await target.compare(NEW);
    expect(target.status).toMatchObject({ state: "InSync", lastComparison: { compared: 1 } });
  });

  it("are no concern of a rule that does not cover their sources any more", async () => {
    const target = new Target([toCopyBy(OLD)]);
    await target.compare(
      toMirrorRule("m", { on: { resource: "configmaps", namespaces: ["other"] } }),
    );
    expect(target.places()).toEqual(["shop-dr/settings"]);
  });

  it.each([
    ["are shown as misplaced by a diff", [], [["misplaced", "shop-dr"]], undefined],
    ["are said not to be looked for by a diff that may not", [""], [], ["shop-eu"]],
  ])("%s", async (_what, forbidden, expected, onlyIn) => {
    const target = new Target([toCopyBy(OLD)], forbidden);
    const found: unknown[] = [];
    const diff = await diffMirror(
      target.toWork(NEW),
      ({ kind, copy }) => void (kind === "misplaced" && found.push([kind, copy.namespace])),
      new AbortController().signal,
    );
    expect(found).toEqual(expected);
    expect(diff).toMatchObject({ outcome: "compared" });
    expect("onlyIn" in diff ? diff.onlyIn : undefined).toEqual(onlyIn);
  });
});
