import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { startApiServer } from "../../support/kubernetes/api-server.ts";
import { kubemend } from "../../support/host/kubemend.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const SECRETS = "/api/v1/namespaces/default/secrets";
const VALUE = "c2VjcmV0";

let folder: ReturnType<typeof temporaryFolder>;
let controlPlane: ControlPlane;
let client: KubernetesClient;

beforeAll(async () => {
  folder = temporaryFolder();
  controlPlane = await startApiServer("1.36.3", join(folder.path, "control-plane"));
  client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
});

afterAll(async () => {
  await client?.close();
  await controlPlane?.stop();
  folder?.[Symbol.dispose]();
});

const create = (path: string, name: string, more: object = {}): Promise<unknown> =>
  client.request({ method: "POST", path, body: { metadata: { name }, ...more } });

function writePipeline(): string {
  const alert = { alert: { to: "ops", summary: "object.metadata.name" } };
  const toRule = (id: string, resource: string, where: string): object => ({
    id,
    on: { resource },
    where,
    once: "object",
    // oxlint-disable-next-line unicorn/no-thenable -- a key of the file format
    then: [alert],
  });
  const file = join(folder.path, "pipeline.json");
  const pipeline = {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "recorded" },
    // Existing objects are recorded too, which shows the test that the watch has begun.
    watch: [{ resource: "configmaps" }, { resource: "secrets" }],
    rules: [
      toRule("on-state", "configmaps", `object.data.state == "broken"`),
      toRule("on-secret", "secrets", `object.metadata.name == "key"`),
    ],
  };
  writeFileSync(file, JSON.stringify(pipeline));
  return file;
}

type Line = {
  readonly id: string;
  readonly data: {
    readonly change: string;
    readonly object: { readonly metadata: { readonly name: string } };
  };
};

test("kubemend simulate evaluates the file that kubemend record writes on a real cluster", async () => {
  const config = writePipeline();
  const output = join(folder.path, "changes.jsonl");
  const read = (): readonly Line[] =>
    existsSync(output)
      ? readFileSync(output, "utf8")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line) as Line)
      : [];
  const recorded = (): readonly string[] =>
    read().map(({ data }) => `${data.change} ${data.object.metadata.name}`);

  await create(CONFIG_MAPS, "before", { data: { state: "broken" } });
  await create(SECRETS, "before", { data: { password: VALUE } });
  const { kubeconfig } = controlPlane;
  const flags = ["--config", config, "--output", output, "--kubeconfig", kubeconfig];
  const recording = kubemend(["record", ...flags]);
  await expect
    .poll(() => recorded().filter((line) => line === "added before"), { timeout: 60_000 })
    .toHaveLength(2);

  await create(SECRETS, "key", { data: { password: VALUE } });
  await create(CONFIG_MAPS, "web", { data: { state: "fine" } });
  await expect.poll(recorded, { timeout: 30_000 }).toContain("added web");
  const path = `${CONFIG_MAPS}/web`;
  const contentType = "application/merge-patch+json";
  await client.request({ method: "PATCH", path, contentType, body: { data: { state: "broken" } } });
  await expect.poll(recorded, { timeout: 30_000 }).toContain("modified web");
  await client.request({ method: "DELETE", path });
  await expect.poll(recorded, { timeout: 30_000 }).toContain("deleted web");
  await expect.poll(recorded, { timeout: 30_000 }).toContain("added key");
  recording.process.kill("SIGINT");
  expect(await recording.ended).toMatchObject({ code: 0 });
  expect(readFileSync(output, "utf8")).not.toContain(VALUE);
  const ids = read().map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);

  const { code, stdout } = await kubemend(["simulate", "--json", "--config", config, output]).ended;
  expect(code).toBe(0);
  const lines = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const matched = lines.filter(({ outcome }) => outcome === "matched");
  expect(matched.map(({ rule, kind, subject }) => [rule, kind, subject])).toEqual(
    expect.arrayContaining([
      ["on-state", "modified", `${CONFIG_MAPS}/web`],
      ["on-secret", "added", `${SECRETS}/key`],
    ]),
  );
  // Objects that existed before the first start match only if a rule says initial: include.
  expect(matched).toHaveLength(2);
  expect(lines.at(-1)).toMatchObject({ type: "summary", changes: ids.length, unreadable: 0 });
});
