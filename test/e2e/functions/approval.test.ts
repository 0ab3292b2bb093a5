import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import { kubemend as runCommand } from "../../support/host/kubemend.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import { killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
import {
  createFailedRun,
  editTemplate,
  labelJob,
} from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import { toPipeline } from "../../support/functions/remediation-world.ts";
import { sweepOnce } from "../../support/functions/sweep-deps.ts";
import {
  ALICE,
  ApprovalWorld,
  patchRecord,
  toApproval,
} from "../../support/actions/approval-world.ts";

describe("approval on a real API server with its admission policy", () => {
  let approval: ApprovalWorld;

  beforeAll(async () => {
    approval = await ApprovalWorld.start();
  });

  afterAll(async () => {
    await approval?.world.stop();
  });

  it("shows what would be done and how to decide, does nothing before the decision, and then carries the plan out", async () => {
    const { scene, request } = await approval.ask("wanted");
    const waiting = await approval.statusOf(request);
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
    expect(await approval.jobsOf(request)).toEqual([]);
    expect(scene.alerts.map(({ id }) => id)).toEqual([`${request.data.record}/alert-approval`]);
    expect(scene.alerts[0]?.data.summary).toMatch(
      new RegExp(`would create Job .*kubemend approve ${request.data.record} .*kubectl`),
    );
    // A repeated request keeps waiting, and sends no second alert.
    await scene.deliver(request);
    expect(scene.alerts).toHaveLength(1);

    await patchRecord(approval.alice, request, toApproval(ALICE));
    await scene.wake(approval.world.client, "now");

    expect(await approval.statusOf(request)).toMatchObject({
      phase: "Succeeded",
      approvedBy: ALICE,
    });
    expect(await approval.jobsOf(request)).toHaveLength(1);
    expect(scene.alerts.map(({ id }) => id)).toContain(`${request.data.record}/alert`);
  });

  it("the sweep continues after a decision that nobody else has noticed, at growing intervals", async () => {
    const { request } = await approval.ask("swept");
    await patchRecord(approval.alice, request, toApproval(ALICE));
    const wokenAfter = async (minutes: number): Promise<boolean> => {
      const wakeups: WakeupMessage[] = [];
      await sweepOnce(approval.world.sweeper, Date.now() + minutes * 60_000, wakeups);
      const woken = wakeups.map(({ data }) => data.record.name);
      return woken.includes(request.data.record);
    };
    const turns = [];
    for (const minutes of [0.5, 1.5, 2.5, 3.5, 4.5]) turns.push(await wokenAfter(minutes));
    expect(turns).toEqual([false, true, true, false, true]);
  });

  it("a rejection ends it with name and reason, and a late approval has no effect", async () => {
    const rejected = await approval.ask("rejected");
    const expired = await approval.ask("expired");
    const late = await approval.ask("late");
    await patchRecord(
      approval.alice,
      rejected.request,
      toApproval(ALICE, "reject", "during the freeze"),
    );
    await rejected.scene.wake(approval.world.client, "now");
    await expired.scene.wake();
    await patchRecord(approval.alice, late.request, toApproval(ALICE));
    await late.scene.wake();

    expect(await approval.statusOf(rejected.request)).toMatchObject({
      phase: "Refused",
      reason: "Rejected",
      message: `rejected by ${ALICE}: during the freeze`,
    });
    for (const { request } of [expired, late]) {
      expect(await approval.statusOf(request)).toMatchObject({
        phase: "Expired",
        reason: "ApprovalExpired",
      });
    }
    for (const { request } of [rejected, expired, late]) {
      expect(await approval.jobsOf(request)).toEqual([]);
    }
  });

  it("an approved plan is not carried out if the rule no longer matches or its source has changed", async () => {
    const pipeline = toPipeline({
      guards: { mode: "approval" },
      where: 'object.metadata.labels["state"] == "bad"',
    });
    const scene = createScene(approval.world, pipeline);
    const { job } = await createFailedRun(approval.world, "healed");
    await labelJob(approval.world, job, { state: "bad" });
    const request = toRequest(approval.world, job, { pipeline, mode: "approval" });
    await scene.deliver(request);
    await patchRecord(approval.alice, request, toApproval(ALICE));
    await labelJob(approval.world, job, { state: "good" });
    await scene.wake(approval.world.client, "now");
    const edited = await approval.ask("swapped");
    await patchRecord(approval.alice, edited.request, toApproval(ALICE));
    await editTemplate(approval.world, edited.cronJob);
    await edited.scene.wake(approval.world.client, "now");

    expect(await approval.statusOf(request)).toMatchObject({
      phase: "Refused",
      reason: "ConditionNoLongerHolds",
    });
    expect(await approval.statusOf(edited.request)).toMatchObject({
      phase: "Failed",
      reason: "PreconditionFailed",
    });
    expect(await approval.jobsOf(request)).toEqual([]);
    expect(await approval.jobsOf(edited.request)).toEqual([]);
  });

  it("an approved plan is not carried out if `whereTarget` is no longer true of its target", async () => {
    const pipeline = toPipeline({
      guards: { mode: "approval" },
      whereTarget: 'object.spec.suspend == false && object.spec.schedule == "0 3 1 1 *"',
    });
    const scene = createScene(approval.world, pipeline);
    const kept = await createFailedRun(approval.world, "still-meant");
    const moved = await createFailedRun(approval.world, "meant-no-more");
    const requests = [kept.job, moved.job].map((job) =>
      toRequest(approval.world, job, { pipeline, mode: "approval" }),
    );
    for (const request of requests) {
      await scene.deliver(request);
      await patchRecord(approval.alice, request, toApproval(ALICE));
    }
    // The template, and with it the Job that would be created, is unchanged.
    await approval.world.admin.request({
      method: "PATCH",
      path: `/apis/batch/v1/namespaces/default/cronjobs/${moved.cronJob.metadata.name}`,
      contentType: "application/merge-patch+json",
      body: { spec: { schedule: "0 4 1 1 *" } },
    });
    for (const request of requests) await scene.deliver(request);

    const [stillMeant, meantNoMore] = requests.map((request) => approval.statusOf(request));
    expect(await stillMeant).toMatchObject({ phase: "Succeeded", approvedBy: ALICE });
    expect(await meantNoMore).toMatchObject({
      phase: "Refused",
      reason: "TargetRefused",
      message: "whereTarget is false for CronJob meant-no-more",
    });
    expect(await Promise.all(requests.map(async (r) => (await approval.jobsOf(r)).length))).toEqual(
      [1, 0],
    );
  });

  it.each(["before", "after"] as const)(
    "killed %s any request of an approval, the remediation ends with one Job",
    async (moment) => {
      let at = 1;
      for (; ; at += 1) {
        const { scene, request } = await approval.ask(`approve-${moment}-${at}`);
        await patchRecord(approval.alice, request, toApproval(ALICE));
        const client = watchClient(approval.world.client, killAt(at, moment));
        const killed = await scene.wake(client, "now");
        if (killed.outcome === "done") break;
        scene.pass(61_000);
        expect([at, await scene.wake(approval.world.client, "now")]).toEqual([
          at,
          { outcome: "done" },
        ]);
        expect([at, (await approval.statusOf(request))?.phase]).toEqual([at, "Succeeded"]);
        expect(await approval.jobsOf(request)).toHaveLength(1);
      }
      // The eight requests of a run without a wait, which frozen.test.ts lists.
      expect(at - 1).toBeGreaterThanOrEqual(8);
    },
  );

  it("`kubemend remediations` shows it, and `approve` and `reject` record the decision in the user's own name", async () => {
    const wanted = await approval.ask("by-command");
    const unwanted = await approval.ask("not-by-command");
    const where = ["--kubeconfig", approval.world.toUserFile("alice"), "--json"];
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
    await wanted.scene.wake(approval.world.client, "now");
    await unwanted.scene.wake(approval.world.client, "now");
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
    expect(await approval.statusOf(wanted.request)).toMatchObject({
      phase: "Succeeded",
      approvedBy: ALICE,
    });
    expect(await approval.statusOf(unwanted.request)).toMatchObject({
      phase: "Refused",
      message: `rejected by ${ALICE}: not today`,
    });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("is not waiting for approval: its phase is Succeeded");
  });
});
