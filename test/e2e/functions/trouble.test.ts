import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { beginMessage } from "../../../functions/remediate/message/process-message.ts";
import { processWakeup } from "../../../functions/remediate/message/process-wakeup.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import {
  completeJob,
  createFailedRun,
  labelJob,
} from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import {
  findJobsOf,
  getRecord,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { sweepOnce } from "../../support/functions/sweep-deps.ts";

const MINUTE_MS = 60_000;
const QUOTAS = "/api/v1/namespaces/default/resourcequotas";
const REGISTRATION = "/apis/admissionregistration.k8s.io/v1";
/** A template's label, by which a webhook or a policy selects the Jobs that are made of it. */
const guardedBy = (who: string): Json => ({ labels: { app: "backup", [who]: "yes" } });

/** A failure of one object stays with that object: it waits in its record, and no other object waits for it. */
describe("a failure of one object, on a real API server", () => {
  let world: RemediationWorld;

  beforeAll(async () => {
    world = await startRemediationWorld();
  });

  afterAll(async () => {
    await world?.stop();
  });

  const statusOf = async ({ data }: RemediationRequest): Promise<RecordStatus | undefined> =>
    (await getRecord(world, data.record))?.status;
  const post = (path: string, body: Json): Promise<unknown> =>
    world.admin.request({ method: "POST", path, body });
  const remove = (path: string): Promise<unknown> =>
    world.admin.request({ method: "DELETE", path });

  /** The API server notices a new webhook or policy after a moment. */
  async function untilRefused(labels: Json): Promise<void> {
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "x" }] } };
    const body = { metadata: { name: "probe", labels }, spec: { template } };
    const path = "/apis/batch/v1/namespaces/default/jobs";
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await world.admin
        .request({ method: "POST", path, query: { dryRun: "All" }, body })
        .catch((error: unknown) => error);
      if (isKubemendError(answer)) return;
      await sleep(100);
    }
    throw new Error("Jobs are not refused yet");
  }

  it("an unavailable webhook: the record waits with the cause, another object is processed, and the work is done once the webhook is back", async () => {
    const { job } = await createFailedRun(world, "hooked", { template: guardedBy("hook") });
    const other = await createFailedRun(world, "free");
    await post(`${REGISTRATION}/validatingwebhookconfigurations`, {
      metadata: { name: "away" },
      webhooks: [
        {
          name: "away.example.com",
          clientConfig: { url: "https://127.0.0.1:9/validate" },
          rules: [
            {
              apiGroups: ["batch"],
              apiVersions: ["v1"],
              operations: ["CREATE"],
              resources: ["jobs"],
            },
          ],
          objectSelector: { matchLabels: { hook: "yes" } },
          failurePolicy: "Fail",
          sideEffects: "None",
          timeoutSeconds: 2,
          admissionReviewVersions: ["v1"],
        },
      ],
    });
    await untilRefused({ hook: "yes" });
    const scene = createScene(world, toPipeline());
    const request = toRequest(world, job);
    const free = toRequest(world, other.job);

    expect(await scene.deliver(request)).toEqual({ outcome: "done" });
    expect(await statusOf(request)).toMatchObject({
      phase: "Waiting",
      reason: "Retrying",
      attempts: 1,
      cause: { code: "Unavailable", message: expect.stringContaining("away.example.com") },
    });
    expect(await scene.wake()).toEqual({ outcome: "done" });
    expect(await statusOf(request)).toMatchObject({ reason: "Retrying", attempts: 2 });
    expect(await scene.deliver(free)).toEqual({ outcome: "done" });
    expect((await statusOf(free))?.phase).toBe("Succeeded");

    await remove(`${REGISTRATION}/validatingwebhookconfigurations/away`);
    for (let tries = 0; (await statusOf(request))?.phase === "Waiting"; tries += 1) {
      expect(tries).toBeLessThan(20);
      await scene.wake();
      await sleep(100);
    }
    expect(await statusOf(request)).toMatchObject({ phase: "Succeeded" });
    expect(await statusOf(request)).not.toHaveProperty("cause");
    expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
  });

  it("an exhausted quota: the record waits for capacity, without advice about permissions", async () => {
    const { job } = await createFailedRun(world, "limited");
    const hard = { "count/jobs.batch": "0" };
    await post(QUOTAS, { metadata: { name: "jobs" }, spec: { hard } });
    await world.admin.request({
      method: "PATCH",
      path: `${QUOTAS}/jobs/status`,
      contentType: "application/merge-patch+json",
      body: { status: { hard, used: { "count/jobs.batch": "0" } } },
    });
    await untilRefused({});
    const scene = createScene(world, toPipeline());
    const request = toRequest(world, job);
    await scene.deliver(request);
    const status = await statusOf(request);
    expect(status).toMatchObject({
      phase: "Waiting",
      reason: "Retrying",
      cause: { code: "QuotaExceeded", message: expect.stringContaining("exceeded quota: jobs") },
    });
    expect(status?.message).not.toMatch(/grant/);

    await remove(`${QUOTAS}/jobs`);
    for (let tries = 0; (await statusOf(request))?.phase === "Waiting"; tries += 1) {
      expect(tries).toBeLessThan(20);
      await scene.wake();
      await sleep(100);
    }
    expect((await statusOf(request))?.phase).toBe("Succeeded");
  });

  it("a policy that refuses: the record fails with the policy's own message", async () => {
    const { job } = await createFailedRun(world, "denied", { template: guardedBy("policy") });
    const name = "no-hand-made-jobs";
    await post(`${REGISTRATION}/validatingadmissionpolicies`, {
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          objectSelector: { matchLabels: { policy: "yes" } },
          resourceRules: [
            {
              apiGroups: ["batch"],
              apiVersions: ["v1"],
              operations: ["CREATE"],
              resources: ["jobs"],
            },
          ],
        },
        validations: [
          {
            expression: "false",
            message: "Jobs here come from schedules only (policy OPS-12)",
            reason: "Forbidden",
          },
        ],
      },
    });
    await post(`${REGISTRATION}/validatingadmissionpolicybindings`, {
      metadata: { name },
      spec: { policyName: name, validationActions: ["Deny"] },
    });
    await untilRefused({ policy: "yes" });
    const scene = createScene(world, toPipeline());
    const request = toRequest(world, job);
    await scene.deliver(request);
    const status = await statusOf(request);
    expect(status).toMatchObject({ phase: "Failed", reason: "AdmissionDenied" });
    expect(status?.message).toContain("Jobs here come from schedules only (policy OPS-12)");
    expect(status?.message).not.toMatch(/grant/);
    expect(scene.alerts.map(({ data }) => data.problem?.code)).toEqual(["AdmissionDenied"]);
  });

  it("a run that dies after its batch has begun: every record exists, and the sweep continues all of them within three minutes", async () => {
    const pipeline = toPipeline();
    const requests: RemediationRequest[] = [];
    for (const name of ["left-a", "left-b"]) {
      requests.push(toRequest(world, (await createFailedRun(world, name)).job));
    }
    const startMs = Date.now();
    const run = {
      holder: "dies",
      deadlineMs: startMs + 57_000,
      signal: new AbortController().signal,
    };
    const rests = await Promise.all(
      requests.map((request) =>
        beginMessage(JSON.stringify(request), toDeps(world, { pipeline }), run),
      ),
    );
    expect(rests).toHaveLength(2);
    for (const request of requests) {
      expect(await getRecord(world, request.data.record)).toBeDefined();
      expect(await statusOf(request)).toBe(undefined);
    }
    // The sweep runs once a minute, at an unknown second.
    const wakeups: WakeupMessage[] = [];
    await sweepOnce(world.sweeper, startMs + 2 * MINUTE_MS, wakeups);
    const woken = wakeups.map(({ data }) => data.record.name);
    for (const request of requests) expect(woken).toContain(request.data.record);
    const nowMs = startMs + 2 * MINUTE_MS;
    for (const wakeup of wakeups) {
      const next = { holder: "next", deadlineMs: nowMs + 30_000, signal: run.signal };
      await processWakeup(
        JSON.stringify(wakeup),
        toDeps(world, { pipeline, now: () => nowMs }),
        next,
      );
    }
    for (const request of requests) {
      expect((await statusOf(request))?.phase).toBe("Succeeded");
      expect(await findJobsOf(world, request.data.record)).toHaveLength(1);
    }
  });

  it("a CronJob with annotations of 150 KB is remediated with a small record; annotations above the limit of an object fail only their own record", async () => {
    const scene = createScene(world, toPipeline());
    const large = { ...guardedBy("none"), annotations: { big: "<".repeat(150_000) } };
    const { job } = await createFailedRun(world, "large", { template: large });
    const request = toRequest(world, job);
    await scene.deliver(request);
    expect((await statusOf(request))?.phase).toBe("Succeeded");
    const [made] = await findJobsOf(world, request.data.record);
    expect(made?.metadata.annotations).toMatchObject(large.annotations);
    expect(JSON.stringify(await getRecord(world, request.data.record)).length).toBeLessThan(10_000);

    const huge = { ...guardedBy("none"), annotations: { big: "x".repeat(500_000) } };
    const other = await createFailedRun(world, "huge", { template: huge });
    const refused = toRequest(world, other.job);
    expect(await scene.deliver(refused)).toEqual({ outcome: "done" });
    expect(await statusOf(refused)).toMatchObject({ phase: "Failed", reason: "Invalid" });
  });

  it("a later record of an object waits until the one that has begun has ended, and is woken then", async () => {
    const pipeline = toPipeline({
      once: { key: "object.metadata.labels.episode" },
      verify: { where: "object.status.succeeded == 1" },
    });
    const { job } = await createFailedRun(world, "ordered");
    const scene = createScene(world, pipeline);
    const enter = async (episode: string): Promise<RemediationRequest> => {
      const labels = { episode };
      await labelJob(world, job, labels);
      const live = { ...job, metadata: { ...job.metadata, labels } };
      const request = toRequest(world, live, { pipeline });
      expect(await scene.deliver(request)).toEqual({ outcome: "done" });
      return request;
    };
    const first = await enter("one");
    expect(await statusOf(first)).toMatchObject({ phase: "Waiting", reason: "Verifying" });
    const second = await enter("two");
    expect(await statusOf(second)).toMatchObject({ phase: "Deferred", reason: "TargetHeld" });
    expect(await findJobsOf(world, second.data.record)).toEqual([]);

    const [made] = await findJobsOf(world, first.data.record);
    if (made === undefined) throw new Error("no Job was made");
    await completeJob(world, made);
    scene.pass(10_000);
    // A request that is delivered again looks at once, as does the wake-up for the next look.
    scene.wakeups.splice(1);
    await scene.wake();
    expect((await statusOf(first))?.phase).toBe("Succeeded");
    expect(scene.wakeups.at(-1)?.data.record.name).toBe(second.data.record);
    await scene.wake();
    expect(await findJobsOf(world, second.data.record)).toHaveLength(1);
  });

  it("records that have not ended can be listed alone, also those without a status", async () => {
    const { job } = await createFailedRun(world, "open");
    const request = toRequest(world, job);
    const run = {
      holder: "x",
      deadlineMs: Date.now() + 1_000,
      signal: new AbortController().signal,
    };
    await beginMessage(JSON.stringify(request), toDeps(world), run);
    const phases = ["Succeeded", "Failed", "Refused", "DryRun", "Expired"];
    const fieldSelector = phases.map((phase) => `status.phase!=${phase}`).join(",");
    const { items } = await world.sweeper.request<{
      items: readonly { metadata: { name: string }; status?: RecordStatus }[];
    }>({
      method: "GET",
      path: "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations",
      query: { fieldSelector, limit: 500 },
    });
    expect(items.map(({ metadata }) => metadata.name)).toContain(request.data.record);
    for (const { status } of items) expect(phases).not.toContain(status?.phase);
  });
});
