import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AlertMessage } from "../../../events/alert.ts";
import { sha256 } from "../../../events/ids.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import { killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import {
  createFailedRun,
  createRun,
  deleteJob,
  editTemplate,
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

/** The time limit of a run; a claim is held for this time and half a minute longer. */
const RUN_MS = 30_000;
const AFTER_HOLD_MS = 61_000;
/** Requests of a remediation with a Job and an alert. */
const REQUESTS = 8;

let runs = 0;

/** The first save of a record's status, which holds the claim. */
function isClaim(request: string): boolean {
  return /^PUT .*\/remediations\/[^/]+\/status$/.test(request);
}

function deliver(
  request: RemediationRequest,
  deps: ProcessDeps,
  isRepeated = false,
  isSigned = false,
): Promise<MessageVerdict> {
  runs += 1;
  return processMessage(JSON.stringify(request), deps, {
    holder: `test/${runs}`,
    deadlineMs: deps.now() + RUN_MS,
    signal: new AbortController().signal,
    isRepeated,
    isSigned,
  });
}

const later = (): number => Date.now() + AFTER_HOLD_MS;

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

    expect(await deliver(request, deps)).toEqual({ outcome: "done" });

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
    await deliver(request, deps);
    await deliver(request, toDeps(world), true);

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

  it("acknowledges a redelivered request, and writes nothing", async () => {
    const { job } = await createFailedRun(world, "again");
    const request = toRequest(world, job);
    await deliver(request, toDeps(world));
    const before = await getRecord(world, request.data.record);
    const client = watchClient(world.client);

    expect(await deliver(request, toDeps(world, { client }))).toEqual({ outcome: "done" });

    expect(client.requests.map((line) => line.split(" ")[0])).toEqual(["GET", "POST", "GET"]);
    expect(await getRecord(world, request.data.record)).toEqual(before);
  });

  it.each(["before", "after"] as const)(
    "killed %s any of its requests, the next delivery ends the record with one Job",
    async (moment) => {
      const seen: number[] = [];
      for (let at = 1; ; at += 1) {
        const { job } = await createFailedRun(world, `killed-${moment}-${at}`);
        const request = toRequest(world, job);
        const alerts: AlertMessage[] = [];
        const client = watchClient(world.client, killAt(at, moment));
        const first = await deliver(request, toDeps(world, { client, alerts }));
        if (first.outcome === "done") break;
        seen.push(at);

        const second = await deliver(request, toDeps(world, { alerts, now: later }), true);

        expect([at, second]).toEqual([at, { outcome: "done" }]);
        expect((await findEventsOn(world, job)).map(({ reason }) => [at, reason])).toEqual([
          [at, "RemediationSucceeded"],
        ]);
        expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
        const record = await getRecord(world, request.data.record);
        expect(record?.status?.phase).toBe("Succeeded");
        expect(new Set(alerts.map(({ id }) => id))).toEqual(
          new Set([`${request.data.record}/alert`]),
        );
      }
      expect(seen.length).toBeGreaterThanOrEqual(7);
    },
  );

  it("suspended before any of its requests and resumed after another executor has finished, it creates no second Job", async () => {
    for (let at = 1; ; at += 1) {
      const { job } = await createFailedRun(world, `frozen-${at}`);
      const request = toRequest(world, job);
      const frozen = Promise.withResolvers<undefined>();
      const wake = Promise.withResolvers<undefined>();
      const client = watchClient(world.client, {
        before: async (count) => {
          if (count !== at) return;
          frozen.resolve(undefined);
          await wake.promise;
        },
      });
      const first = deliver(request, toDeps(world, { client }));
      const wasFrozen = await Promise.race([
        frozen.promise.then(() => true),
        first.then(() => false),
      ]);
      if (!wasFrozen) break;
      await deliver(request, toDeps(world, { now: later }));
      const ended = await getRecord(world, request.data.record);
      wake.resolve(undefined);
      await first;

      expect([at, ended?.status?.phase]).toEqual([at, "Succeeded"]);
      expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
      expect(await getRecord(world, request.data.record)).toEqual(ended);
    }
  });

  it("lets one of two concurrent executors claim the record, and the other retry later", async () => {
    const { job } = await createFailedRun(world, "two");
    const request = toRequest(world, job);
    // Neither saves its claim before both have read the record without one, and who has claimed it goes on when the other has ended.
    const bothHaveRead = Promise.withResolvers<undefined>();
    const oneHasEnded = Promise.withResolvers<undefined>();
    const wakeups: WakeupMessage[] = [];
    let waiting = 0;
    const runs = [0, 1].map(async () => {
      const isFirstClaim = (count: number): boolean =>
        client.requests.findIndex(isClaim) === count - 1;
      const client = watchClient(world.client, {
        before: async (count) => {
          if (!isFirstClaim(count)) return;
          waiting += 1;
          if (waiting === 2) bothHaveRead.resolve(undefined);
          await bothHaveRead.promise;
        },
        after: async (count) => {
          if (isFirstClaim(count)) await oneHasEnded.promise;
        },
      });
      const verdict = await deliver(request, toDeps(world, { client, wakeups }));
      oneHasEnded.resolve(undefined);
      return verdict;
    });

    const verdicts = await Promise.all(runs);

    expect(verdicts).toEqual([{ outcome: "done" }, { outcome: "done" }]);
    // The other one wakes the record when the claim that it has found ends.
    expect(wakeups).toMatchObject([{ data: { record: { name: request.data.record } } }]);
    expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
    expect((await getRecord(world, request.data.record))?.status?.phase).toBe("Succeeded");
  });

  it("stopped before any of its requests while another executor has the record too, one of the two creates the Job", async () => {
    for (let at = 1; ; at += 1) {
      const { job } = await createFailedRun(world, `interleaved-${at}`);
      const request = toRequest(world, job);
      const reached = Promise.withResolvers<undefined>();
      const resumed = Promise.withResolvers<undefined>();
      const client = watchClient(world.client, {
        before: async (count) => {
          if (count !== at) return;
          reached.resolve(undefined);
          await resumed.promise;
        },
      });
      const wakeups: WakeupMessage[] = [];
      const first = deliver(request, toDeps(world, { client, wakeups }));
      const isReached = await Promise.race([
        reached.promise.then(() => true),
        first.then(() => false),
      ]);
      if (!isReached) break;
      const second = await deliver(request, toDeps(world, { wakeups }), true);
      resumed.resolve(undefined);

      expect([at, second, await first]).toEqual([at, { outcome: "done" }, { outcome: "done" }]);
      expect([at, (await findJobsOf(world, request.data.record)).length]).toEqual([at, 1]);
      const record = await getRecord(world, request.data.record);
      expect([at, record?.status?.phase]).toEqual([at, "Succeeded"]);
      expect((await findEventsOn(world, job)).map(({ reason }) => [at, reason])).toEqual([
        [at, "RemediationSucceeded"],
      ]);
      // An executor that lost the claim or found it held leaves a wake-up; one that comes after the end does not.
      expect([at, wakeups.length]).toEqual([at, at <= 2 || at === REQUESTS ? 0 : 1]);
    }
  });

  it("a pipeline deployed between any two of its requests refuses a record without a plan, and finishes one with a plan", async () => {
    const other = toPipeline({ where: "false" });
    const phases: (string | undefined)[] = [];
    for (let at = 1; at <= REQUESTS; at += 1) {
      const { job } = await createFailedRun(world, `deployed-${at}`);
      const request = toRequest(world, job);
      const client = watchClient(world.client, killAt(at, "before"));
      await deliver(request, toDeps(world, { client }));

      await deliver(request, toDeps(world, { pipeline: other, now: later }), true);

      const { status } = (await getRecord(world, request.data.record)) ?? {};
      phases.push(status?.phase);
      const jobs = await findJobsOf(world, request.data.record);
      expect([at, jobs.length]).toEqual([at, status?.phase === "Succeeded" ? 1 : 0]);
    }
    // Trigger, record; CronJob, claim with plan; Job, its end, end, Event. Before there is a record, the other pipeline decides.
    expect(phases).toEqual([
      ...Array.from({ length: 2 }, () => undefined),
      ...Array.from({ length: 2 }, () => "Refused"),
      ...Array.from({ length: 4 }, () => "Succeeded"),
    ]);
  });

  it("waits for the end of another executor's claim", async () => {
    const { job } = await createFailedRun(world, "held");
    const request = toRequest(world, job);
    const client = watchClient(world.client, killAt(5, "before"));
    await deliver(request, toDeps(world, { client }));

    const wakeups: WakeupMessage[] = [];

    expect(await deliver(request, toDeps(world, { wakeups }))).toEqual({ outcome: "done" });

    const held = await getRecord(world, request.data.record);
    expect(wakeups.map(({ data }) => data.due)).toEqual([held?.status?.holdUntil]);
    const afterMs = Date.parse(held?.status?.holdUntil ?? "") - Date.now();
    expect(afterMs).toBeGreaterThan(50_000);
    expect(afterMs).toBeLessThanOrEqual(61_000);
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
      expect(await deliver(request, deps, false, true)).toEqual({ outcome: "done" });
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

    await deliver(request, toDeps(world, { pipeline }), false, true);
    expect(await getRecord(world, request.data.record)).toBeUndefined();
    await deleteJob(world, job);
    // Without a signature only the alert is sent.
    const alerts: AlertMessage[] = [];
    await deliver(request, toDeps(world, { pipeline, alerts }));
    expect(alerts).toHaveLength(1);
    expect(await getRecord(world, request.data.record)).toBeUndefined();
    await deliver(request, toDeps(world, { pipeline }), false, true);

    expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
  });

  it("refuses a suspended CronJob, and reports why", async () => {
    const { job } = await createFailedRun(world, "suspended", { spec: { suspend: true } });
    const request = toRequest(world, job);
    const alerts: AlertMessage[] = [];
    await deliver(request, toDeps(world, { alerts }));
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

    expect(await deliver(request, toDeps(world, { alerts }))).toEqual({ outcome: "done" });

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

    await deliver(request, toDeps(world, { pipeline, alerts }));

    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "DryRun",
      message: expect.stringMatching(/^would create Job default\/dry-/),
    });
    expect(await findJobsOf(world, request.data.record)).toEqual([]);
    expect(alerts).toEqual([]);
  });

  it("follows its own rule if the request carries another one, and finishes a started record by its stored plan", async () => {
    const changed = toPipeline({ where: "false" });
    const fresh = await createFailedRun(world, "changed");
    const begun = await createFailedRun(world, "begun");
    const freshRequest = toRequest(world, fresh.job);
    const begunRequest = toRequest(world, begun.job);
    // Trigger, record, CronJob, plan: the fifth would be the Job.
    const client = watchClient(world.client, killAt(5, "before"));
    await deliver(begunRequest, toDeps(world, { client }));
    expect((await getRecord(world, begunRequest.data.record))?.status?.plan).toBeDefined();

    await deliver(freshRequest, toDeps(world, { pipeline: changed }));
    await deliver(begunRequest, toDeps(world, { pipeline: changed, now: later }));

    expect(await getRecord(world, freshRequest.data.record)).toBeUndefined();
    expect(await findJobsOf(world, freshRequest.data.record)).toEqual([]);
    expect((await getRecord(world, begunRequest.data.record))?.status?.phase).toBe("Succeeded");
    expect(await findJobsOf(world, begunRequest.data.record)).toHaveLength(1);
  });

  it("creates no Job from a CronJob that has changed since the plan was made", async () => {
    const { cronJob, job } = await createFailedRun(world, "edited");
    const request = toRequest(world, job);
    const alerts: AlertMessage[] = [];
    const client = watchClient(world.client, killAt(5, "before"));
    await deliver(request, toDeps(world, { client }));
    await editTemplate(world, cronJob);

    await deliver(request, toDeps(world, { alerts, now: later }));

    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "Failed",
      reason: "PreconditionFailed",
      message: "CronJob edited has a different spec.jobTemplate.spec since the plan was made",
    });
    expect(await findJobsOf(world, request.data.record)).toEqual([]);
    expect(alerts.map(({ data }) => data.problem?.code)).toEqual(["PreconditionFailed"]);
  });

  it("recognizes its own Job although the CronJob has changed since", async () => {
    const { cronJob, job } = await createFailedRun(world, "edited-after");
    const request = toRequest(world, job);
    const client = watchClient(world.client, killAt(5, "after"));
    await deliver(request, toDeps(world, { client }));
    await editTemplate(world, cronJob);

    await deliver(request, toDeps(world, { now: later }));

    expect((await getRecord(world, request.data.record))?.status?.phase).toBe("Succeeded");
    expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
  });

  it("does not take a foreign Job of that name for its own", async () => {
    const { cronJob, job } = await createFailedRun(world, "taken");
    const request = toRequest(world, job);
    await createRun(world, `taken-${sha256(request.data.record).slice(0, 12)}`, cronJob);

    await deliver(request, toDeps(world));

    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "Failed",
      reason: "AlreadyExists",
    });
  });

  it.each([2, 5])(
    "continues at once after a temporary failure of request %i, because it releases its claim",
    async (at) => {
      const { job } = await createFailedRun(world, `temporary-${at}`);
      const request = toRequest(world, job);
      const client = watchClient(world.client, {
        before: (count) => {
          if (count === at) throw new Error("the connection was cut");
        },
      });

      // Before the record exists the queue redelivers the message; afterwards the record itself waits.
      const outcome = at === 2 ? "retry" : "done";
      expect(await deliver(request, toDeps(world, { client }))).toMatchObject({ outcome });
      await deliver(request, toDeps(world, { now: later }));

      expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
    },
  );

  it("ends a chain of remediations at the third", async () => {
    const { cronJob, job } = await createFailedRun(world, "chain");
    let trigger = job;
    for (const depth of ["1", "2", "3"]) {
      const request = toRequest(world, trigger);
      await deliver(request, toDeps(world));
      const [made] = await findJobsOf(world, request.data.record);
      expect(made?.metadata.annotations?.["kubemend.dev/depth"]).toBe(depth);
      if (made === undefined) throw new Error("no Job was made");
      trigger = await failJob(world, made);
    }
    const request = toRequest(world, trigger);
    await deliver(request, toDeps(world));

    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "Refused",
      reason: "LoopDepth",
    });
    expect(cronJob.metadata.name).toBe("chain");
  });

  it("shows at a glance what happened, and keeps the request unchanged", async () => {
    const { job } = await createFailedRun(world, "glance");
    const request = toRequest(world, job);
    await deliver(request, toDeps(world));
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
