import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { kubemend } from "../support/kubemend.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the kubemend command", () => {
  test.each([
    [["--help"]],
    [["start", "--help"]],
    [["sandbox", "up", "--help"]],
    [["relay", "--help"]],
  ])("prints its help and exits with 0: %j", async (args) => {
    const { code, stdout } = await kubemend(args).ended;
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: kubemend");
  });

  test.each([
    [["mend"]],
    [["start", "--twice"]],
    [["validate"]],
    [["relay", "--lease", "kubemend/x"]],
  ])("exits with 2 on wrong usage and says what is wrong: %j", async (args) => {
    const { code, stderr } = await kubemend(args).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/error: /);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test("does not show its internal processes in the help", async () => {
    const { stdout } = await kubemend(["--help"]).ended;
    expect(stdout).not.toContain("internal");
  });
});

describe("kubemend validate", () => {
  test("accepts the sandbox's own pipeline and prints what it means", async () => {
    const file = join(findProjectRoot(), "sandbox", "pipeline.yaml");
    const { code, stdout } = await kubemend(["validate", file]).ended;
    expect(code).toBe(0);
    expect(stdout).toContain(
      "rerun-failed-job: on jobs.batch added/modified, once per Failed condition",
    );
  });

  test("prints each issue with line, column and a hint, and exits with 1", async () => {
    const file = join(folder, "faulty.yaml");
    writeFileSync(
      file,
      [
        "apiVersion: kubemend.dev/v1alpha1",
        "kind: Pipeline",
        "cluster: { name: c }",
        "rules:",
        "  - id: a-rule",
        "    on: { resource: job.batch }",
        "    wher: 'true'",
        "    where: object.status.(",
        "    then: [ { alert: { to: x, summary: \"'s'\" } } ]",
        "",
      ].join("\n"),
    );
    const { code, stderr } = await kubemend(["validate", file]).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`${file}:6:21`);
    expect(stderr).toContain("jobs.batch");
    expect(stderr).toContain(`${file}:7:5`);
    expect(stderr).toContain("where");
    expect(stderr).toMatch(/faulty\.yaml:8:\d+/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test("says that a file does not exist", async () => {
    const { code, stderr } = await kubemend(["validate", join(folder, "absent.yaml")]).ended;
    expect(code).toBe(2);
    expect(stderr).toContain("absent.yaml");
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
