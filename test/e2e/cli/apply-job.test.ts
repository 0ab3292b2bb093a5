import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { applyJobCommand } from "../../../cli/apply-job/command.ts";
import {
  JOBS,
  startRemediationWorld,
  type JobObject,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const toSpec = (image: string, more: Json = {}): Json => ({
  template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image }] } },
  ...more,
});
const TIME = "2026-03-01T10:00:00Z";
const toCondition = (type: string): Json => ({ type, status: "True", lastTransitionTime: TIME });
const COMPLETE = {
  startTime: TIME,
  completionTime: TIME,
  succeeded: 1,
  conditions: [toCondition("SuccessCriteriaMet"), toCondition("Complete")],
};
const FAILED = {
  startTime: TIME,
  failed: 1,
  conditions: [toCondition("FailureTarget"), toCondition("Failed")],
};

describe("kubemend apply-job on a real API server", () => {
  let world: RemediationWorld;
  let folder: ReturnType<typeof temporaryFolder>;
  let written: string[];

  beforeAll(async () => {
    world = await startRemediationWorld();
    folder = temporaryFolder();
  });

  afterAll(async () => {
    await world?.stop();
    folder?.[Symbol.dispose]();
  });

  beforeEach(() => {
    written = [];
    const keep = (text: unknown): boolean => written.push(String(text)) > 0;
    vi.spyOn(process.stdout, "write").mockImplementation(keep);
    vi.spyOn(process.stderr, "write").mockImplementation(() => true);
    process.exitCode = undefined;
  });

  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });

  const exitCode = (): unknown => process.exitCode ?? 0;

  /** Applies a Job; the JSON line, and the exit code. */
  async function apply(
    name: string,
    spec: Json,
    ...options: readonly string[]
  ): Promise<{ readonly line: Json; readonly code: unknown }> {
    const file = join(folder.path, `${name}.json`);
    const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec };
    writeFileSync(file, JSON.stringify(job));
    written = [];
    process.exitCode = undefined;
    const args = [file, "--kubeconfig", world.kubeconfig, "--json", ...options];
    await applyJobCommand().parseAsync(args, { from: "user" });
    return { line: JSON.parse(written.join("")) as Json, code: exitCode() };
  }

  const listJobs = async (name: string): Promise<readonly (JobObject & Json)[]> => {
    const { items } = await world.admin.request<{ items: readonly (JobObject & Json)[] }>({
      method: "GET",
      path: JOBS,
    });
    return items.filter(({ metadata }) => metadata.name.startsWith(name));
  };
  const uidOf = async (name: string): Promise<string | undefined> =>
    (await listJobs(name))[0]?.metadata.uid;
  const patch = (path: string, body: Json): Promise<unknown> =>
    world.admin.request({
      method: "PATCH",
      path,
      body,
      contentType: "application/merge-patch+json",
    });
  const setStatus = (name: string, status: Json): Promise<unknown> =>
    patch(`${JOBS}/${name}/status`, { status });
  /** Stands for the garbage collector, which this control plane has not: once the deletion is asked for, the Job goes. */
  async function collect(name: string): Promise<void> {
    for (;;) {
      const [job] = await listJobs(name);
      if (job !== undefined && "deletionTimestamp" in job.metadata) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await patch(`${JOBS}/${name}`, { metadata: { finalizers: null } });
  }

  it("creates a Job, and does not touch it when it is applied again, by any policy", async () => {
    expect(await apply("once", toSpec("a:1"), "--policy", "fail")).toMatchObject({
      line: { outcome: "created", job: { namespace: "default", name: "once" } },
      code: 0,
    });
    const [before] = await listJobs("once");
    for (const policy of ["skip", "recreate", "fail"]) {
      const again = await apply("once", toSpec("a:1"), "--policy", policy);
      expect([policy, again.code]).toEqual([policy, 0]);
    }
    expect(await listJobs("once")).toEqual([before]);
  });

  it("refuses a Job that differs with policy fail, and says where", async () => {
    await apply("fails", toSpec("a:1"), "--policy", "fail");
    const path = "spec.template.spec.containers[0].image";
    expect(await apply("fails", toSpec("a:2"), "--policy", "fail", "--show-values")).toMatchObject({
      line: {
        outcome: "refused",
        code: "JobDiffers",
        differences: [{ path, live: "a:1", wanted: "a:2" }],
      },
      code: 1,
    });
  });

  it("leaves a Job that differs with policy skip", async () => {
    await apply("skips", toSpec("a:1"), "--policy", "skip");
    const uid = await uidOf("skips");
    expect(await apply("skips", toSpec("a:2"), "--policy", "skip")).toMatchObject({
      line: { outcome: "left" },
      code: 0,
    });
    expect(await uidOf("skips")).toBe(uid);
  });

  it("recreates a Job that differs and has ended, once it is gone", async () => {
    await apply("again", toSpec("a:1"), "--policy", "recreate");
    const uid = await uidOf("again");
    await setStatus("again", COMPLETE);
    const [applied] = await Promise.all([
      apply("again", toSpec("a:2"), "--policy", "recreate"),
      collect("again"),
    ]);
    expect(applied).toMatchObject({ line: { outcome: "recreated" }, code: 0 });
    const [job, ...others] = await listJobs("again");
    expect(others).toEqual([]);
    expect(job?.metadata.uid).not.toBe(uid);
    expect(job).toMatchObject({ spec: { template: { spec: { containers: [{ image: "a:2" }] } } } });
  });

  it("continues a recreation that was interrupted after the deletion", async () => {
    await apply("killed", toSpec("a:1"), "--policy", "recreate");
    const uid = await uidOf("killed");
    const body = { propagationPolicy: "Foreground" };
    await world.admin.request({ method: "DELETE", path: `${JOBS}/killed`, body });
    const [applied] = await Promise.all([
      apply("killed", toSpec("a:2"), "--policy", "recreate"),
      collect("killed"),
    ]);
    expect(applied.code).toBe(0);
    const [job] = await listJobs("killed");
    expect(job?.metadata.uid).not.toBe(uid);
    expect(job).toMatchObject({ spec: { template: { spec: { containers: [{ image: "a:2" }] } } } });
  });

  it("does not delete a running Job unless --running replace is set", async () => {
    await apply("busy", toSpec("a:1"), "--policy", "recreate");
    const uid = await uidOf("busy");
    const refused = await apply(
      "busy",
      toSpec("a:2"),
      "--policy",
      "recreate",
      "--running",
      "refuse",
    );
    expect(refused).toMatchObject({ line: { outcome: "refused", code: "JobRunning" }, code: 1 });
    expect(await uidOf("busy")).toBe(uid);
    const [replaced] = await Promise.all([
      apply("busy", toSpec("a:2"), "--policy", "recreate", "--running", "replace"),
      collect("busy"),
    ]);
    expect(replaced).toMatchObject({ line: { outcome: "recreated" }, code: 0 });
  });

  it("waits for a running Job, and gives up when its time is over", async () => {
    await apply("long", toSpec("a:1"), "--policy", "recreate");
    const late = await apply("long", toSpec("a:2"), "--policy", "recreate", "--timeout", "1");
    expect(late).toMatchObject({ line: { outcome: "refused", code: "JobRunning" }, code: 1 });
    const applied = apply("long", toSpec("a:2"), "--policy", "recreate");
    await setStatus("long", COMPLETE);
    await collect("long");
    expect(await applied).toMatchObject({ line: { outcome: "recreated" }, code: 0 });
  });

  it("creates one Job for each content with policy newName", async () => {
    const policy = ["--policy", "newName"];
    await apply("named", toSpec("a:1"), ...policy);
    await apply("named", toSpec("a:1"), ...policy);
    expect(await listJobs("named")).toHaveLength(1);
    await apply("named", toSpec("a:2"), ...policy);
    expect(await listJobs("named")).toHaveLength(2);
  });

  it("changes in place what can be, also of a running Job", async () => {
    await apply("place", toSpec("a:1"), "--policy", "fail");
    const spec = toSpec("a:1", { ttlSecondsAfterFinished: 60 });
    expect(await apply("place", spec, "--policy", "fail", "--show-values")).toMatchObject({
      line: { outcome: "changed", changes: [{ path: "spec.ttlSecondsAfterFinished", to: 60 }] },
      code: 0,
    });
    expect(await listJobs("place")).toMatchObject([{ spec: { ttlSecondsAfterFinished: 60 } }]);
  });

  it.each<readonly [string, Json, readonly string[], string]>([
    ["creates", toSpec("a:1"), ["--policy", "skip"], "created"],
    ["recreates", toSpec("a:2"), ["--policy", "recreate", "--running", "replace"], "recreated"],
  ])("as a dry run that %s changes nothing", async (name, spec, options, outcome) => {
    if (outcome === "recreated") await apply(name, toSpec("a:1"), "--policy", "skip");
    const before = await listJobs(name);
    const tried = await apply(name, spec, ...options, "--dry-run");
    expect(tried).toMatchObject({ line: { outcome, dryRun: true }, code: 0 });
    expect(await listJobs(name)).toEqual(before);
  });

  it("says what the API server does not accept, and changes nothing", async () => {
    const spec = toSpec("a:1", { completion: 3 });
    expect(await apply("typo", spec, "--policy", "recreate")).toMatchObject({
      line: {
        outcome: "failed",
        end: {
          outcome: "failed",
          message: expect.stringContaining("no field spec.completion"),
        },
      },
      code: 1,
    });
    expect(await listJobs("typo")).toEqual([]);
  });

  it.each([
    ["complete", COMPLETE, { outcome: "complete" }, 0],
    ["failed", FAILED, { outcome: "failed", code: "JobFailed" }, 1],
  ])("waits until a Job is %s", async (name, status, end, code) => {
    await apply(name, toSpec("a:1"), "--policy", "fail");
    const waiting = apply(name, toSpec("a:1"), "--policy", "fail", "--wait");
    await setStatus(name, status);
    expect(await waiting).toMatchObject({ line: { outcome: "unchanged", end }, code });
  });

  it("applies the rest if one Job is refused", async () => {
    await apply("first", toSpec("a:1"), "--policy", "fail");
    const file = join(folder.path, "several.yaml");
    const toJob = (name: string): string =>
      JSON.stringify({
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name },
        spec: toSpec("a:2"),
      });
    writeFileSync(file, [toJob("first"), toJob("second")].join("\n---\n"));
    written = [];
    const args = [file, "--kubeconfig", world.kubeconfig, "--json", "--policy", "fail"];
    await applyJobCommand().parseAsync(args, { from: "user" });
    const outcomes = written
      .join("")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as Json)["outcome"]);
    expect(outcomes).toEqual(["refused", "created"]);
    expect(process.exitCode).toBe(1);
  });
});
