import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";
import { findProcesses } from "../../support/host/processes.ts";

const root = findProjectRoot();
const folder = mkdtempSync(join(tmpdir(), "kubemend-start-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("kubemend start --once --json", () => {
  test("plays every scenario to its end, prints a summary, and exits 0", async () => {
    const { code, stdout, stderr } = await kubemend(["start", "--once", "--json"]).ended;
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    const records = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const steps = records.filter((record) => record["type"] === "step");
    expect(new Set(steps.map((step) => step["scenario"]))).toEqual(new Set(["a", "b", "c", "d"]));
    // As the sandbox's own Slack has them.
    const messages = records.filter((record) => record["type"] === "message");
    expect(messages).toMatchObject([
      { scenario: "a", text: expect.stringContaining("rerun-failed-job: Job demo/backup-1") },
      { scenario: "b", text: expect.stringContaining("alert-warning: Event demo/about-nothing") },
    ]);
    expect(records.at(-1)).toMatchObject({
      type: "summary",
      passed: true,
      duplicates: 0,
      remediations: { Succeeded: 16 },
    });
    expect(records.at(-1)?.["mended"]).toHaveLength(12);
  });

  test.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)(
    "leaves no process behind after %s",
    async (signal) => {
      const run = kubemend(["start", "--json"]);
      const ready = await run.record((record) => record["type"] === "ready");
      const dataDir = String(ready["kubeconfig"]).replace(/\/kubeconfig$/, "");
      expect(await findProcesses(dataDir)).not.toEqual([]);
      run.process.kill(signal);
      await run.ended;
      await expect.poll(() => findProcesses(dataDir), { timeout: 10_000 }).toEqual([]);
    },
  );

  // These two wait for an event that never comes, so they run concurrently.
  test.concurrent("exits 1 and names the failed step if the remediate function is broken", async () => {
    const functions = join(folder, "functions");
    cpSync(join(root, "dist", "functions"), functions, { recursive: true });
    writeFileSync(join(functions, "remediate.mjs"), "throw new Error('this bundle is broken');\n");
    const run = kubemend(["start", "--once", "--json", "--functions", functions]);
    const { code } = await run.ended;
    expect(code).toBe(1);
    expect(run.records.find((record) => record["type"] === "failed")).toMatchObject({
      scenario: "a",
      step: "a new Job is created from CronJob backup",
      message: expect.stringContaining("this bundle is broken"),
    });
  });

  test.concurrent("exits 1 and names the failed step if the rule is removed", async () => {
    const config = join(folder, "pipeline.yaml");
    copyFileSync(join(root, "sandbox", "pipeline.yaml"), config);
    const text = readFileSync(config, "utf8");
    writeFileSync(config, text.replace('c.type == "Failed"', 'c.type == "NeverSo"'));
    const run = kubemend(["start", "--once", "--json", "--config", config]);
    const { code } = await run.ended;
    expect(code).toBe(1);
    expect(run.records.find((record) => record["type"] === "failed")).toMatchObject({
      scenario: "a",
      step: "a new Job is created from CronJob backup",
    });
  });

  test("exits 1 and names the failed step if the queue is stopped", async () => {
    const run = kubemend(["start", "--once", "--json"]);
    const ready = await run.record((record) => record["type"] === "ready");
    const dataDir = String(ready["kubeconfig"]).replace(/\/kubeconfig$/, "");
    const queues = await findProcesses(join(dataDir, "queues"));
    for (const pid of queues) process.kill(pid, "SIGKILL");
    const { code } = await run.ended;
    expect(code).toBe(1);
    expect(run.records.find((record) => record["type"] === "failed")).toMatchObject({
      scenario: "a",
      message: expect.stringContaining("queues"),
    });
  });
});
