import { afterAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { writeSourcesFile } from "../../support/clusters/sources-file.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const folder = temporaryFolder();
const FILE = writeSourcesFile(folder.path);
afterAll(() => folder[Symbol.dispose]());

type Role = {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { readonly resources: readonly string[] }[];
};

async function readRoles(...flags: readonly string[]): Promise<readonly Role[]> {
  const { code, stdout } = await kubemend(["validate", FILE, "--rbac", ...flags]).ended;
  expect(code).toBe(0);
  const documents = parseAllDocuments(stdout);
  return "empty" in documents ? [] : documents.map((one) => one.toJS() as Role);
}

const toWatched = (roles: readonly Role[]): readonly string[] =>
  roles
    .filter(({ metadata }) => metadata.name === "kubemend-relay" && metadata.namespace === "shop")
    .flatMap(({ rules = [] }) => rules.flatMap(({ resources }) => resources));

describe("kubemend validate of a pipeline that takes changes of several clusters", () => {
  test("says for each rule whose changes it takes", async () => {
    const { code, stdout } = await kubemend(["validate", FILE]).ended;
    expect(code).toBe(0);
    expect(stdout).toContain(
      "Takes changes of the clusters prod and eu; records, guards and alerts",
    );
    expect(stdout).toContain("Takes changes of the cluster eu; records");
    expect(stdout.match(/Takes changes/g)).toHaveLength(2);
  });

  test("prints the rights of all parts in each of them, for the rules that take its changes", async () => {
    expect(toWatched(await readRoles())).toEqual(["configmaps", "pods"]);
    expect(toWatched(await readRoles("--cluster", "eu"))).toEqual(["configmaps", "secrets"]);
    const parts = (await readRoles("--cluster", "target")).map(({ metadata }) => metadata.name);
    expect(new Set(parts)).toEqual(new Set(["kubemend-transfer-prod"]));
  });

  test("prints the chart's values of each of them, with the same file", async () => {
    const printed = await kubemend(["validate", FILE, "--chart-values", "--cluster", "eu"]).ended;
    expect(printed.stdout).toContain("kubemend validate FILE --chart-values --cluster eu");
    const values = parse(printed.stdout) as {
      readonly pipeline: string;
      readonly rbac: { readonly grants: { readonly relay: unknown } };
    };
    expect(values.pipeline).toContain("clusters: [prod, eu]");
    expect(JSON.stringify(values.rbac.grants.relay)).toContain("secrets");
    expect(JSON.stringify(values.rbac.grants.relay)).not.toContain("pods");
  });

  test("has no values of a relay in a cluster in which rules only act", async () => {
    const flags = ["--chart-values", "--cluster", "target"];
    const { code, stderr } = await kubemend(["validate", FILE, ...flags]).ended;
    expect(code).not.toBe(0);
    expect(stderr).toContain('no rule of the pipeline takes changes of a cluster "target"');
  });
});
