import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-validate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const VALID = join(findProjectRoot(), "sandbox", "pipeline.yaml");
const FAULTY = write(
  "faulty.yaml",
  `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: c }
rules:
  - { id: a, on: { resource: deploy }, once: object, then: [ { alert: { to: x, summary: failed } } ] }
`,
);
const TYPES = write(
  "types.yaml",
  `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: c }
rules:
  - { id: a, on: { resource: jobs.batch }, where: object.status.phase == "x", then: [ { alert: { to: x, summary: "'x'" } } ] }
`,
);

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function validateInput(text: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = join(findProjectRoot(), "dist", "kubemend.mjs");
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" };
    const child = execFile(
      process.execPath,
      [script, "validate", "-"],
      { env },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end(text);
  });
}

describe("kubemend validate", () => {
  test("reads standard input", async () => {
    const { code, stderr } = await validateInput("kind: Pod\n");
    expect(code).toBe(1);
    expect(stderr).toContain("standard input:1:7 kind: ");
    expect(stderr).toContain("standard input is not a valid pipeline");
  });

  test("checks several files, and exits with 1 if one of them is faulty", async () => {
    const { code, stdout, stderr } = await kubemend(["validate", FAULTY, VALID]).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`${FAULTY} is not a valid pipeline: 2 issues.`);
    expect(stdout).toContain(`${VALID} is a valid pipeline`);
  });

  test("finds type errors without a cluster", async () => {
    const { code, stderr } = await kubemend(["validate", TYPES]).ended;
    expect(code).toBe(1);
    expect(stderr).toContain("has no field phase");
  });

  test("does not mix the permissions of several pipelines", async () => {
    const { code, stderr } = await kubemend(["validate", "--rbac", VALID, VALID]).ended;
    expect(code).toBe(2);
    expect(stderr).toContain("name one file");
  });
});

describe("a faulty pipeline is reported in the same words and with the same exit code by", () => {
  test.each([
    ["simulate", ["simulate", "recording.jsonl", "--config"]],
    ["record", ["record", "--output", join(folder, "out.jsonl"), "--config"]],
    ["sandbox up", ["sandbox", "up", "--config"]],
    ["start", ["start", "--config"]],
  ])("%s", async (_, args) => {
    for (const file of [FAULTY, TYPES]) {
      const expected = await kubemend(["validate", file]).ended;
      const { code, stderr } = await kubemend([...args, file]).ended;
      expect(stderr).toContain(expected.stderr);
      expect(code).toBe(expected.code);
    }
  });
});
