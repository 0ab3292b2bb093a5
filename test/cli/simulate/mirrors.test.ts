import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runSimulate, runSimulateJson } from "./run-simulate.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "..", "docs", "examples");
const PIPELINE = join(EXAMPLES, "15-mirror.yaml");
const OBJECT = join(EXAMPLES, "objects", "15-matches.yaml");
const folder = mkdtempSync(join(tmpdir(), "kubemend-test-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("simulate shows the copies of a mirrored object, and how they differ from it", async () => {
  const { out, exitCode } = await runSimulate("--config", PIPELINE, OBJECT);
  expect(exitCode).toBe(0);
  expect(out).toContain(
    "would make ConfigMap shop-dr/settings in backup-eu equal to shop/settings",
  );
  expect(out).toMatch(/\+ +copied-from: prod-eu-1/);
  expect(out).not.toContain("cannot be mirrored");
});

test("simulate shows what another pipeline would make of the copies", async () => {
  const other = join(folder, "other.yaml");
  const text = readFileSync(PIPELINE, "utf8").replace("cluster.name", "cluster.uid");
  writeFileSync(other, text);
  const same = await runSimulate("--config", PIPELINE, "--against", PIPELINE, OBJECT);
  expect(same.out).toContain("decides the same as");
  const different = await runSimulate("--config", PIPELINE, "--against", other, OBJECT);
  expect(different.out).toContain("decides differently from");
  expect(different.out).toMatch(/\+ +copied-from: prod-eu-1/);
});

test("simulate --json has a step for each target", async () => {
  const { records } = await runSimulateJson("--config", PIPELINE, OBJECT);
  expect(records.find(({ type }) => type === "decision")).toMatchObject({
    rule: "mirror-shop-config",
    outcome: "matched",
    plan: { steps: [{ type: "mirror", name: "mirror" }] },
  });
});
