import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeSourcesFile } from "../../support/clusters/sources-file.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { runSimulate, runSimulateJson } from "./run-simulate.ts";

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const FILE = writeSourcesFile(folder.path);
const OBJECTS = join(folder.path, "objects.yaml");
writeFileSync(
  OBJECTS,
  `apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop, uid: u1, resourceVersion: "1" }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, uid: u2, resourceVersion: "1" }
`,
);

async function findMatched(...flags: readonly string[]): Promise<readonly unknown[]> {
  const { records } = await runSimulateJson("--config", FILE, ...flags, OBJECTS);
  return records.flatMap(({ outcome, rule }) => (outcome === "matched" ? [rule] : []));
}

test("simulate takes objects for those of the pipeline's own cluster, or of the one that is named", async () => {
  expect(await findMatched()).toEqual(["both", "only-prod"]);
  expect(await findMatched("--cluster", "eu")).toEqual(["both"]);
});

test("simulate evaluates expressions with the name of that cluster", async () => {
  const { out } = await runSimulate("--config", FILE, "--cluster", "eu", OBJECTS);
  expect(out).toMatch(/\+ +seen-in: eu/);
});

test("simulate names no cluster whose changes no rule takes", async () => {
  await expect(runSimulate("--config", FILE, "--cluster", "target", OBJECTS)).rejects.toThrow(
    /no rule of .* takes changes of a cluster "target"/,
  );
});
