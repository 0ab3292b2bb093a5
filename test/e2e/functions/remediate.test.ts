import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertMessage } from "../../../events/alert.ts";
import { sha256 } from "../../../events/ids.ts";
import { watchClient } from "../../support/kubernetes/failing-client.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import {
  createFailedRun,
  createRun,
  deleteJob,
  failJob,
  labelJob,
} from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import {
  findEventsOn,
  findJobsOf,
  getRecord,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { deliverRequest } from "../../support/functions/test-run.ts";

describe("remediate on a real API server", () => {
  let world: RemediationWorld;

  beforeAll(async () => {
    world = await startRemediationWorld();
  });

  afterAll(async () => {
    await world?.stop();
  });

  it("creates one Job with a complete owner reference, and a record that describes it, in eight requests", async () => {
    const { cronJob, job } = await createFailedRun(world, "backup");
    const request = toRequest(world, job);
    const client = watchClient(world.client);
    const alerts: AlertMessage[] = [];
    const deps = toDeps(world, { client, alerts });

    expect(await deliverRequest(request, deps)).toEqual({ outcome: "done" });

    const [made, ...others] = await findJobsOf(world, request.data.record);
    expect(others).toEqual([]);
    expect(made?.metadata).toMatchObject({
      name: expect.stringMatching(/^backup-[0-9a-f]{12}$/),
      labels: { app: "backup" },
      annotations: {
        team: "data",
        "cronjob.kubernetes.io/instantiate": "manual",
        "kubemend.dev/cause": request.data.record,
        "kubemend.dev/depth": "1",
      },
      ownerReferences: [
        {
          apiVersion: "batch/v1",
          kind: "CronJob",
          name: "backup",
          uid: cronJob.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(made?.spec).toMatchObject({
      backoffLimit: 0,
      template: { spec: { containers: [{ image: "registry.example/backup" }] } },
    });
    const record = await getRecord(world, request.data.record);
    expect(record?.status).toMatchObject({
      phase: "Succeeded",
      reason: "Remediated",
      message: `created Job default/${made?.metadata.name}`,
      took: expect.stringMatching(/^[\d.]+m?s$/),
      steps: [
        { name: "createJobFromCronJob", state: "done", object: { uid: made?.metadata.uid } },
        { name: "alert", state: "done" },
      ],
    });
    expect(record?.status).not.toHaveProperty("holder");
    expect(alerts.map(({ data }) => [data.alertId, data.summary, data.problem])).toEqual([
      [`${request.data.record}/alert`, "failed: backup-1", undefined],
    ]);
    expect(deps.ended).toHaveLength(1);

    // Trigger, record, CronJob, claim with plan, Job, its end with the alert's start, end, Event: seven, were there no alert.
    expect(client.requests.map((line) => line.split(" ")[0])).toEqual(
      "GET POST GET PUT POST PUT PUT POST".split(" "),
    );
  });

  it("reports its end on the object, in one Event with a full reference", async () => {
    const { job } = await createFailedRun(world, "reported");
    const request = toRequest(world, job);
    const deps = toDeps(world);
    await deliverRequest(request, deps);
    await deliverRequest(request, toDeps(world), { isRepeated: true });

    expect(await findEventsOn(world, job)).toMatchObject([
      {
        type: "Normal",
        reason: "RemediationSucceeded",
        message: expect.stringMatching(/^rule rerun: created Job default\/reported-/),
        involvedObject: {
          apiVersion: "batch/v1",
          kind: "Job",
          namespace: "default",
          name: job.metadata.name,
          uid: job.metadata.uid,
        },
        related: { kind: "Remediation", name: request.data.record },
      },
    ]);
  });

  it("leaves a Job alone if it is gone, was replaced or has recovered", async () => {
    const gone = await createFailedRun(world, "gone");
    await deleteJob(world, gone.job);
    const replaced = await createFailedRun(world, "replaced");
    await deleteJob(world, replaced.job);
    await createRun(world, replaced.job.metadata.name, replaced.cronJob);
    const young = await createFailedRun(world, "young");
    const running = await createRun(world, "young-2", young.cronJob);
    const recovered = await createFailedRun(world, "recovered");
    await labelJob(world, recovered.job, { state: "good" });
    const byLabel = toPipeline({ where: 'object.metadata.labels["state"] == "bad"' });

    // If the live trigger no longer matches, no record is made; if it is gone, a signed request is refused with record and alert.
    for (const [job, reason, pipeline] of [
      [gone.job, "TriggerGone", toPipeline()],
      [replaced.job, "TriggerReplaced", toPipeline()],
      [running, undefined, toPipeline()],
      [recovered.job, undefined, byLabel],
    ] as const) {
      const request = toRequest(world, job, { pipeline });
      const alerts: AlertMessage[] = [];
      const deps = toDeps(world, { alerts, pipeline });
      expect(await deliverRequest(request, deps, { isSigned: true })).toEqual({ outcome: "done" });
      const record = await getRecord(world, request.data.record);
      expect(record?.status?.reason).toBe(reason);
      expect(await findJobsOf(world, request.data.record)).toEqual([]);
      expect(alerts.map(({ data }) => data.problem?.code)).toEqual(
        reason === undefined ? [] : [reason],
      );
    }
  });

  it("acts on a deletion only while the object is gone, with the references that were known", async () => {
    const pipeline = toPipeline({ on: { resource: "jobs.batch", changes: ["deleted"] } });
    const { job } = await createFailedRun(world, "deleted");
    const request = toRequest(world, job, { pipeline, change: "deleted" });

    await deliverRequest(request, toDeps(world, { pipeline }), { isSigned: true });
    expect(await getRecord(world, request.data.record)).toBeUndefined();
    await deleteJob(world, job);
    // Without a signature only the alert is sent.
    const alerts: AlertMessage[] = [];
    await deliverRequest(request, toDeps(world, { pipeline, alerts }));
    expect(alerts).toHaveLength(1);
    expect(await getRecord(world, request.data.record)).toBeUndefined();
    await deliverRequest(request, toDeps(world, { pipeline }), { isSigned: true });

    expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
  });

  it("refuses a suspended CronJob, and reports why", async () => {
    const { job } = await createFailedRun(world, "suspended", { spec: { suspend: true } });
    const request = toRequest(world, job);
    const alerts: AlertMessage[] = [];
    await deliverRequest(request, toDeps(world, { alerts }));
    const record = await getRecord(world, request.data.record);
    expect(record?.status).toMatchObject({ phase: "Refused", reason: "Suspended" });
    expect(await findJobsOf(world, request.data.record)).toEqual([]);
    expect(alerts.map(({ data }) => data.problem?.code)).toEqual(["Suspended"]);
  });

  it("reports what the API server refused, with field and message, in record and alert", async () => {
    // The API server does not validate the metadata of a CronJob's template, only that of the Job.
    const template = { labels: { app: "not a label" } };
    const { job } = await createFailedRun(world, "invalid", { template });
    const request = toRequest(world, job);
    const alerts: AlertMessage[] = [];

    expect(await deliverRequest(request, toDeps(world, { alerts }))).toEqual({ outcome: "done" });

    const record = await getRecord(world, request.data.record);
    expect(record?.status).toMatchObject({ phase: "Failed", reason: "Invalid" });
    expect(record?.status?.message).toMatch(/POST .*\/jobs: .* 422 Invalid: metadata\.labels: /);
    expect(alerts.map(({ data }) => data.problem)).toEqual([
      { code: "Invalid", message: record?.status?.message },
    ]);
  });

  it("waits if its identity may not create Jobs, and creates the Job once it may", async () => {
    const { job } = await createFailedRun(world, "forbidden");
    const request = toRequest(world, job);
    const scene = createScene(world, toPipeline());

    expect(await scene.deliver(request, world.poor)).toEqual({ outcome: "done" });

    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "Waiting",
      reason: "Retrying",
      cause: { code: "Forbidden", message: expect.stringContaining("cannot create resource") },
      attempts: 1,
    });
    expect(await scene.wake()).toEqual({ outcome: "done" });
    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "Succeeded",
    });
    expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
  });

  it("only sends dry-run requests in mode dryRun, and sends no alert", async () => {
    const pipeline = toPipeline({ guards: { mode: "dryRun" } });
    const { job } = await createFailedRun(world, "dry");
    const request = toRequest(world, job, { pipeline, mode: "dryRun" });
    const alerts: AlertMessage[] = [];

    await deliverRequest(request, toDeps(world, { pipeline, alerts }));

    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "DryRun",
      message: expect.stringMatching(/^would create Job default\/dry-/),
    });
    expect(await findJobsOf(world, request.data.record)).toEqual([]);
    expect(alerts).toEqual([]);
  });

  it("does not take a foreign Job of that name for its own", async () => {
    const { cronJob, job } = await createFailedRun(world, "taken");
    const request = toRequest(world, job);
    await createRun(world, `taken-${sha256(request.data.record).slice(0, 12)}`, cronJob);

    await deliverRequest(request, toDeps(world));

    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "Failed",
      reason: "AlreadyExists",
    });
  });

  it("ends a chain of remediations at the third", async () => {
    const { cronJob, job } = await createFailedRun(world, "chain");
    let trigger = job;
    for (const depth of ["1", "2", "3"]) {
      const request = toRequest(world, trigger);
      await deliverRequest(request, toDeps(world));
      const [made] = await findJobsOf(world, request.data.record);
      expect(made?.metadata.annotations?.["kubemend.dev/depth"]).toBe(depth);
      if (made === undefined) throw new Error("no Job was made");
      trigger = await failJob(world, made);
    }
    const request = toRequest(world, trigger);
    await deliverRequest(request, toDeps(world));

    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "Refused",
      reason: "LoopDepth",
    });
    expect(cronJob.metadata.name).toBe("chain");
  });

  it("shows at a glance what happened, and keeps the request unchanged", async () => {
    const { job } = await createFailedRun(world, "glance");
    const request = toRequest(world, job);
    await deliverRequest(request, toDeps(world));
    const path = `/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations/${request.data.record}`;

    const table = await world.admin.request<{
      columnDefinitions: readonly { name: string }[];
      rows: readonly { cells: readonly unknown[] }[];
    }>({ method: "GET", path, accept: "application/json;as=Table;v=v1;g=meta.k8s.io" });

    const columns = table.columnDefinitions.map(({ name }) => name);
    const row = Object.fromEntries(columns.map((name, at) => [name, table.rows[0]?.cells[at]]));
    expect(row).toMatchObject({
      Rule: "rerun",
      Kind: "Job",
      In: "default",
      Object: "glance-1",
      Phase: "Succeeded",
      Reason: "Remediated",
      Took: expect.stringMatching(/^[\d.]+m?s$/),
    });
    await expect(
      world.admin.request({
        method: "PATCH",
        path,
        contentType: "application/merge-patch+json",
        body: { spec: { onceKey: "other" } },
      }),
    ).rejects.toMatchObject({
      code: "Invalid",
      message: expect.stringContaining("spec: Invalid value"),
    });
  });
});
