import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createRecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { createScene, type Scene } from "../../support/functions/remediation-scene.ts";
import { kubemend as runCommand } from "../../support/host/kubemend.ts";
import { killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
import {
  createFailedRun,
  editTemplate,
  labelJob,
} from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import {
  findJobsOf,
  getRecord,
  RECORDS,
  startRemediationWorld,
  toPipeline,
  type JobObject,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { sweepOnce } from "../../support/functions/sweep-deps.ts";

const PIPELINE = toPipeline({ guards: { mode: "approval", approveWithin: "1h" } });
const ALICE = "system:serviceaccount:default:alice";
const BOB = "system:serviceaccount:default:bob";

describe("approval on a real API server with its admission policy", () => {
  let world: RemediationWorld;
  let alice: KubernetesClient;
  let kubemend: KubernetesClient;

  beforeAll(async () => {
    world = await startRemediationWorld({ admission: true });
    alice = await world.createUser("alice");
    kubemend = await world.createUser("robot", "kubemend");
  });

  afterAll(async () => {
    await world?.stop();
  });

  const statusOf = async (request: RemediationRequest): Promise<RecordStatus | undefined> =>
    (await getRecord(world, request.data.record))?.status;

  const jobsOf = (request: RemediationRequest): Promise<readonly JobObject[]> =>
    findJobsOf(world, request.data.record);

  const patch = (
    user: KubernetesClient,
    request: RemediationRequest,
    body: object,
    subresource = "",
  ): Promise<unknown> =>
    user.request({
      method: "PATCH",
      path: `${RECORDS}/${request.data.record}${subresource}`,
      contentType: "application/merge-patch+json",
      body,
    });

  const toApproval = (by: string, decision = "approve", reason?: string) => ({
    spec: { approval: { decision, by, reason } },
  });

  async function ask(
    name: string,
  ): Promise<{ scene: Scene; request: RemediationRequest; cronJob: JobObject; job: JobObject }> {
    const scene = createScene(world, PIPELINE);
    const made = await createFailedRun(world, name);
    const request = toRequest(world, made.job, { pipeline: PIPELINE, mode: "approval" });
    expect(await scene.deliver(request)).toEqual({ outcome: "done" });
    return { scene, request, ...made };
  }

  it("shows what would be done and how to decide, does nothing before the decision, and then carries the plan out", async () => {
    const { scene, request } = await ask("wanted");
    const waiting = await statusOf(request);
    expect(waiting).toMatchObject({
      phase: "AwaitingApproval",
      preview: [
        expect.stringMatching(
          /^would create Job default\/wanted-[0-9a-f]{12} from CronJob default\/wanted\n.*\n\+ kind: Job\n/,
        ),
        expect.stringMatching(/^would alert team: /),
      ],
      plan: { operations: [{ type: "create" }, { type: "alert" }] },
    });
    expect(await jobsOf(request)).toEqual([]);
    expect(scene.alerts.map(({ id }) => id)).toEqual([`${request.data.record}/alert-approval`]);
    expect(scene.alerts[0]?.data.summary).toMatch(
      new RegExp(`would create Job .*kubemend approve ${request.data.record} .*kubectl`),
    );
    // A repeated request keeps waiting, and sends no second alert.
    await scene.deliver(request);
    expect(scene.alerts).toHaveLength(1);

    await patch(alice, request, toApproval(ALICE));
    await scene.wake(world.client, "now");

    expect(await statusOf(request)).toMatchObject({ phase: "Succeeded", approvedBy: ALICE });
    expect(await jobsOf(request)).toHaveLength(1);
    expect(scene.alerts.map(({ id }) => id)).toContain(`${request.data.record}/alert`);
  });

  it("the sweep continues after a decision that nobody else has noticed, at growing intervals", async () => {
    const { request } = await ask("swept");
    await patch(alice, request, toApproval(ALICE));
    const wokenAfter = async (minutes: number): Promise<boolean> => {
      const wakeups: WakeupMessage[] = [];
      await sweepOnce(world.sweeper, Date.now() + minutes * 60_000, wakeups);
      const woken = wakeups.map(({ data }) => data.record.name);
      return woken.includes(request.data.record);
    };
    const turns = [];
    for (const minutes of [0.5, 1.5, 2.5, 3.5, 4.5]) turns.push(await wokenAfter(minutes));
    expect(turns).toEqual([false, true, true, false, true]);
  });

  it("a rejection ends it with name and reason, and a late approval has no effect", async () => {
    const rejected = await ask("rejected");
    const expired = await ask("expired");
    const late = await ask("late");
    await patch(alice, rejected.request, toApproval(ALICE, "reject", "during the freeze"));
    await rejected.scene.wake(world.client, "now");
    await expired.scene.wake();
    await patch(alice, late.request, toApproval(ALICE));
    await late.scene.wake();

    expect(await statusOf(rejected.request)).toMatchObject({
      phase: "Refused",
      reason: "Rejected",
      message: `rejected by ${ALICE}: during the freeze`,
    });
    for (const { request } of [expired, late]) {
      expect(await statusOf(request)).toMatchObject({
        phase: "Expired",
        reason: "ApprovalExpired",
      });
    }
    for (const { request } of [rejected, expired, late]) expect(await jobsOf(request)).toEqual([]);
  });

  it("an approved plan is not carried out if the rule no longer matches or its source has changed", async () => {
    const pipeline = toPipeline({
      guards: { mode: "approval" },
      where: 'object.metadata.labels["state"] == "bad"',
    });
    const scene = createScene(world, pipeline);
    const { job } = await createFailedRun(world, "healed");
    await labelJob(world, job, { state: "bad" });
    const request = toRequest(world, job, { pipeline, mode: "approval" });
    await scene.deliver(request);
    await patch(alice, request, toApproval(ALICE));
    await labelJob(world, job, { state: "good" });
    await scene.wake(world.client, "now");
    const edited = await ask("swapped");
    await patch(alice, edited.request, toApproval(ALICE));
    await editTemplate(world, edited.cronJob);
    await edited.scene.wake(world.client, "now");

    expect(await statusOf(request)).toMatchObject({
      phase: "Refused",
      reason: "ConditionNoLongerHolds",
    });
    expect(await statusOf(edited.request)).toMatchObject({
      phase: "Failed",
      reason: "PreconditionFailed",
    });
    expect(await jobsOf(request)).toEqual([]);
    expect(await jobsOf(edited.request)).toEqual([]);
  });

  it("an approved plan is not carried out if `whereTarget` is no longer true of its target", async () => {
    const pipeline = toPipeline({
      guards: { mode: "approval" },
      whereTarget: 'object.spec.suspend == false && object.spec.schedule == "0 3 1 1 *"',
    });
    const scene = createScene(world, pipeline);
    const kept = await createFailedRun(world, "still-meant");
    const moved = await createFailedRun(world, "meant-no-more");
    const requests = [kept.job, moved.job].map((job) =>
      toRequest(world, job, { pipeline, mode: "approval" }),
    );
    for (const request of requests) {
      await scene.deliver(request);
      await patch(alice, request, toApproval(ALICE));
    }
    // The template, and with it the Job that would be created, is unchanged.
    await world.admin.request({
      method: "PATCH",
      path: `/apis/batch/v1/namespaces/default/cronjobs/${moved.cronJob.metadata.name}`,
      contentType: "application/merge-patch+json",
      body: { spec: { schedule: "0 4 1 1 *" } },
    });
    for (const request of requests) await scene.deliver(request);

    const [stillMeant, meantNoMore] = requests.map(statusOf);
    expect(await stillMeant).toMatchObject({ phase: "Succeeded", approvedBy: ALICE });
    expect(await meantNoMore).toMatchObject({
      phase: "Refused",
      reason: "TargetRefused",
      message: "whereTarget is false for CronJob meant-no-more",
    });
    expect(await Promise.all(requests.map(async (r) => (await jobsOf(r)).length))).toEqual([1, 0]);
  });

  it.each(["before", "after"] as const)(
    "killed %s any request of an approval, the remediation ends with one Job",
    async (moment) => {
      let at = 1;
      for (; ; at += 1) {
        const { scene, request } = await ask(`approve-${moment}-${at}`);
        await patch(alice, request, toApproval(ALICE));
        const client = watchClient(world.client, killAt(at, moment));
        const killed = await scene.wake(client, "now");
        if (killed.outcome === "done") break;
        scene.pass(61_000);
        expect([at, await scene.wake(world.client, "now")]).toEqual([at, { outcome: "done" }]);
        expect([at, (await statusOf(request))?.phase]).toEqual([at, "Succeeded"]);
        expect(await jobsOf(request)).toHaveLength(1);
      }
      // The eight requests of a run without a wait, which frozen.test.ts lists.
      expect(at - 1).toBeGreaterThanOrEqual(8);
    },
  );

  it("every way around it is refused, to anyone whom RBAC allows to write records and to administrators", async () => {
    const { scene, request } = await ask("attacked");
    const record = await getRecord(world, request.data.record);
    const plan = { operations: [{ type: "create", name: "evil" }] };
    const { metadata: _metadata, status: _status, ...rest } = record ?? {};
    const forged = { ...rest, metadata: { name: "forged-0123456789abcdef0123" } };
    const attacks: readonly (readonly [string, RegExp, () => Promise<unknown>])[] = [
      ["in another's name", /by must be/, () => patch(alice, request, toApproval(BOB))],
      [
        "by Kubemend itself",
        /own plans/,
        () => patch(kubemend, request, toApproval("system:serviceaccount:kubemend:robot")),
      ],
      ["a plan", /write the status/, () => patch(alice, request, { status: { plan } }, "/status")],
      [
        "a phase",
        /write the status/,
        () => patch(world.admin, request, { status: { phase: "Pending" } }, "/status"),
      ],
      [
        "a record",
        /only the remediate function creates/,
        () => alice.request({ method: "POST", path: RECORDS, body: forged }),
      ],
      [
        "a delete",
        /could run again/,
        () => alice.request({ method: "DELETE", path: `${RECORDS}/${request.data.record}` }),
      ],
      [
        "a delete by an administrator",
        /could run again/,
        () => world.admin.request({ method: "DELETE", path: `${RECORDS}/${request.data.record}` }),
      ],
      [
        "a delete of all",
        /could run again/,
        () => alice.request({ method: "DELETE", path: RECORDS }),
      ],
    ];
    for (const [what, reason, attack] of attacks) {
      const answer = await attack().then(
        () => "let through",
        (error: unknown) =>
          isKubemendError(error, "AdmissionDenied") ? error.message : "another error",
      );
      expect([what, answer]).toEqual([what, expect.stringMatching(reason)]);
    }
    await patch(alice, request, { metadata: { labels: { seen: "yes" } } });
    expect((await statusOf(request))?.phase).toBe("AwaitingApproval");

    await patch(alice, request, toApproval(ALICE));
    await expect(patch(alice, request, toApproval(ALICE, "reject"))).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be changed/),
    });
    await expect(patch(alice, request, { spec: { approval: null } })).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be changed/),
    });
    await scene.wake(world.client, "now");
    expect(await jobsOf(request)).toHaveLength(1);
  });

  it("a record that asks again is decided once more, by the number of its question only", async () => {
    const { request } = await ask("asked-again");
    await patch(alice, request, toApproval(ALICE));
    const approved = await getRecord(world, request.data.record);
    if (approved?.status === undefined) throw new Error("there is no record");
    const store = createRecordStore({ client: world.client, namespace: "kubemend" });
    const asking = await store.saveStatus(approved, { ...approved.status, question: 2 });
    expect(asking).toMatchObject({ outcome: "saved", record: { status: { question: 2 } } });
    const answer = (decision: string, question: number) => ({
      spec: { approval: { decision, by: ALICE, question } },
    });
    await expect(patch(alice, request, toApproval(ALICE, "reject"))).rejects.toMatchObject({
      message: expect.stringMatching(/number of the question/),
    });
    await expect(patch(alice, request, answer("approve", 3))).rejects.toMatchObject({
      message: expect.stringMatching(/number of the question/),
    });
    await patch(alice, request, answer("approve", 2));
    await expect(patch(alice, request, answer("reject", 2))).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be changed/),
    });
    const record = await getRecord(world, request.data.record);
    expect(record?.spec.approval).toEqual({ decision: "approve", by: ALICE, question: 2 });
  });

  it("`kubemend remediations` shows it, and `approve` and `reject` record the decision in the user's own name", async () => {
    const wanted = await ask("by-command");
    const unwanted = await ask("not-by-command");
    const where = ["--kubeconfig", world.toUserFile("alice"), "--json"];
    const approve = ["approve", wanted.request.data.record, ...where];

    const listed = await runCommand(["remediations", "--rule", "rerun", ...where]).ended;
    const approved = await runCommand(approve).ended;
    const rejected = await runCommand([
      "reject",
      unwanted.request.data.record,
      "--reason",
      "not today",
      ...where,
    ]).ended;
    await wanted.scene.wake(world.client, "now");
    await unwanted.scene.wake(world.client, "now");
    const again = await runCommand(approve).ended;

    const lines = listed.stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({
        name: wanted.request.data.record,
        phase: "AwaitingApproval",
        preview: [
          expect.stringContaining("would create Job default/by-command-"),
          expect.stringContaining("would alert team: "),
        ],
      }),
    );
    expect([approved.code, rejected.code, approved.stderr]).toEqual([0, 0, ""]);
    expect(await statusOf(wanted.request)).toMatchObject({ phase: "Succeeded", approvedBy: ALICE });
    expect(await statusOf(unwanted.request)).toMatchObject({
      phase: "Refused",
      message: `rejected by ${ALICE}: not today`,
    });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("is not waiting for approval: its phase is Succeeded");
  });

  it("only a record that is waiting for approval can be approved", async () => {
    const enforced = toRequest(world, (await createFailedRun(world, "enforced")).job);
    await createScene(world, toPipeline()).deliver(enforced);
    await expect(patch(alice, enforced, toApproval(ALICE))).rejects.toMatchObject({
      message: expect.stringMatching(/only a remediation of mode approval|AwaitingApproval/),
    });
  });
});
