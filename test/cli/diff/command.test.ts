import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { kubemend, type Run } from "../../support/host/kubemend.ts";
import { writeMirrorFile } from "../../support/clusters/mirror-file.ts";
import { startCluster, type ClusterOptions } from "./cluster-server.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-diff-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = writeMirrorFile(folder);
const invalid = join(folder, "invalid.yaml");
writeFileSync(invalid, "kind: Pipeline\n");

function writeKubeconfig(servers: Readonly<Record<string, string>>): string {
  const path = join(folder, `kubeconfig-${Object.values(servers).join("").replaceAll(/\D/g, "")}`);
  const names = Object.keys(servers);
  const document = {
    apiVersion: "v1",
    kind: "Config",
    contexts: names.map((name) => ({ name, context: { cluster: name, user: "u" } })),
    clusters: names.map((name) => ({ name, cluster: { server: servers[name] } })),
    users: [{ name: "u", user: {} }],
  };
  writeFileSync(path, JSON.stringify(document));
  return path;
}

/** Runs the command between the contexts `prod` and `there`, of which the second is the pipeline's `backup-eu`. */
async function run(
  args: readonly string[],
  clusters: { readonly from?: Partial<ClusterOptions>; readonly to?: Partial<ClusterOptions> } = {},
  act: (run: Run, requests: readonly string[]) => unknown = () => undefined,
) {
  await using from = await startCluster({ uid: "uid-a", ...clusters.from });
  await using to = await startCluster({
    uid: "bbbbbbbb-0000-4000-8000-00000000000b",
    ...clusters.to,
  });
  const kubeconfig = writeKubeconfig({ prod: from.address, there: to.address });
  const started = kubemend(["diff", ...args], { KUBECONFIG: kubeconfig });
  await act(started, to.requests);
  return { ...(await started.ended), requests: [...from.requests, ...to.requests] };
}

const BOTH = ["--config", config, "--from", "prod", "--to", "there"];

test("finds the pipeline's name of a cluster by its uid, reads only, and ends with 0 if all is equal", async () => {
  const { code, stdout, requests } = await run(BOTH);
  expect(code).toBe(0);
  expect(stdout).toBe(
    "mirror-shop: configmaps: 0 objects, equal\nprod to there (backup-eu): 0 objects: equal\n",
  );
  expect(new Set(requests.map((request) => request.split(" ")[0]))).toEqual(new Set(["GET"]));
});

test("ends with 1 if something differs", async () => {
  const { code, stdout } = await run(BOTH, { from: { names: ["a", "b"] } });
  expect(code).toBe(1);
  expect(stdout).toContain("  missing   shop/a\n  missing   shop/b\n  2 objects: 2 missing\n");
});

test("ends with 1 also if the reader of its output has enough", async () => {
  const names = Array.from({ length: 40 }, (_, index) => `object-${index}`);
  const { code } = await run(BOTH, { from: { names } }, ({ process }) => process.stdout?.destroy());
  expect(code).toBe(1);
});

/** A copy of an object that is gone, which the installation with records in the namespace `second` has made. */
const ORPHAN = {
  labels: { "kubemend.dev/mirrored-by": "mirror-shop" },
  annotations: {
    "kubemend.dev/source-cluster": "uid-a",
    "kubemend.dev/source-uid": "uid-of-a",
    "kubemend.dev/source-version": "1",
    "kubemend.dev/source-object": "shop/a",
    "kubemend.dev/mirror-digest": "d",
    "kubemend.dev/installation": "second",
  },
  managedFields: [
    {
      manager: "kubemend",
      operation: "Apply",
      apiVersion: "v1",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:metadata": { "f:annotations": { "f:kubemend.dev/source-object": {} } } },
    },
  ],
};

test("the copy of another installation is no orphan of this one", async () => {
  const to = { names: ["a"], metadata: ORPHAN };
  const { code, stdout } = await run(BOTH, { to });
  expect([code, stdout]).toEqual([0, expect.stringContaining("configmaps: 0 objects, equal")]);
  const second = await run([...BOTH, "--record-namespace", "second"], { to });
  expect(second.code).toBe(1);
  expect(second.stdout).toContain("  orphan    shop/a, ");
});

test("prints one document", async () => {
  const { code, stdout } = await run([...BOTH, "--json"], { from: { names: ["a"] } });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    from: { name: "prod", uid: "uid-a" },
    to: { name: "there", uid: "bbbbbbbb-0000-4000-8000-00000000000b", cluster: "backup-eu" },
    mirrors: [
      {
        rule: "mirror-shop",
        resource: "configmaps",
        differences: [{ kind: "missing", source: "shop/a", copy: "shop/a" }],
        compared: 1,
      },
    ],
    equal: false,
    compared: 1,
    counts: { missing: 1 },
  });
});

test.each([
  ["no flags", [], "required option"],
  ["a pipeline that is not valid", ["--config", invalid, ...BOTH.slice(2)], "invalid.yaml"],
  ["a pipeline that is not there", ["--config", "nowhere.yaml", ...BOTH.slice(2)], "nowhere.yaml"],
  [
    "a context that is not there",
    [...BOTH.slice(0, 2), "--from", "prodd", "--to", "there"],
    "did you mean prod?",
  ],
  ["a rule that is not there", [...BOTH, "--rule", "mirror-shopp"], "did you mean mirror-shop?"],
  [
    "one cluster twice",
    [...BOTH.slice(0, 2), "--from", "there", "--to", "backup-eu=there"],
    "are the same cluster",
  ],
  [
    "the wrong direction",
    [...BOTH.slice(0, 2), "--from", "there", "--to", "production=prod"],
    "no rule of the pipeline mirrors objects of backup-eu to production",
  ],
  [
    "a cluster that is not the one of that name",
    [...BOTH.slice(0, 2), "--from", "there", "--to", "backup-eu=prod"],
    "has the uid bbbbbbbb-0000-4000-8000-00000000000b",
  ],
])("ends with 2 for %s", async (_, args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stdout).toBe("");
});

test.each([
  ["a rule that is not there", [...BOTH, "--rule", "nope"]],
  ["one context twice", [...BOTH.slice(0, 2), "--from", "there", "--to", "there"]],
])("asks no cluster for %s", async (_, args) => {
  const { code, requests } = await run(args);
  expect(code).toBe(2);
  expect(requests).toEqual([]);
});

test("ends with 2 if a cluster does not let this user look, and names it", async () => {
  const { code, stdout, stderr } = await run([...BOTH, "--json"], { to: { lists: "forbidden" } });
  expect(code).toBe(2);
  expect(stderr).toContain("in cluster there: ");
  expect(JSON.parse(stdout)).toMatchObject({ error: expect.stringContaining("in cluster there") });
});

test("ends with 130 when it is stopped", async () => {
  const { code, stderr } = await run(BOTH, { to: { lists: "hang" } }, async ({ process }, seen) => {
    await expect.poll(() => seen.some((one) => one.endsWith("/configmaps"))).toBe(true);
    process.kill("SIGINT");
  });
  expect(code).toBe(130);
  expect(stderr).toContain("Stopped.");
});

test("shows examples and exit codes in its help", async () => {
  const { code, stdout } = await run(["--help"]);
  expect(code).toBe(0);
  expect(stdout).toContain("Exit codes: 0 equal, 1 different, 2 an error");
});
