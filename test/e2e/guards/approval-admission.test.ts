import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createRecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import { createFailedRun } from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import { getRecord, RECORDS, toPipeline } from "../../support/functions/remediation-world.ts";
import {
  ALICE,
  ApprovalWorld,
  patchRecord,
  toApproval,
} from "../../support/actions/approval-world.ts";

const BOB = "system:serviceaccount:default:bob";

describe("approval on a real API server with its admission policy", () => {
  let approval: ApprovalWorld;
  let kubemend: KubernetesClient;

  beforeAll(async () => {
    approval = await ApprovalWorld.start();
    kubemend = await approval.world.createUser("robot", "kubemend");
  });

  afterAll(async () => {
    await approval?.world.stop();
  });

  it("every way around it is refused, to anyone whom RBAC allows to write records and to administrators", async () => {
    const { scene, request } = await approval.ask("attacked");
    const record = await getRecord(approval.world, request.data.record);
    const plan = { operations: [{ type: "create", name: "evil" }] };
    const { metadata: _metadata, status: _status, ...rest } = record ?? {};
    const forged = { ...rest, metadata: { name: "forged-0123456789abcdef0123" } };
    const attacks: readonly (readonly [string, RegExp, () => Promise<unknown>])[] = [
      [
        "in another's name",
        /by must be/,
        () => patchRecord(approval.alice, request, toApproval(BOB)),
      ],
      [
        "by Kubemend itself",
        /own plans/,
        () => patchRecord(kubemend, request, toApproval("system:serviceaccount:kubemend:robot")),
      ],
      [
        "a plan",
        /write the status/,
        () => patchRecord(approval.alice, request, { status: { plan } }, "/status"),
      ],
      [
        "a phase",
        /write the status/,
        () =>
          patchRecord(approval.world.admin, request, { status: { phase: "Pending" } }, "/status"),
      ],
      [
        "a record",
        /only the remediate function creates/,
        () => approval.alice.request({ method: "POST", path: RECORDS, body: forged }),
      ],
      [
        "a delete",
        /could run again/,
        () =>
          approval.alice.request({ method: "DELETE", path: `${RECORDS}/${request.data.record}` }),
      ],
      [
        "a delete by an administrator",
        /could run again/,
        () =>
          approval.world.admin.request({
            method: "DELETE",
            path: `${RECORDS}/${request.data.record}`,
          }),
      ],
      [
        "a delete of all",
        /could run again/,
        () => approval.alice.request({ method: "DELETE", path: RECORDS }),
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
    await patchRecord(approval.alice, request, { metadata: { labels: { seen: "yes" } } });
    expect((await approval.statusOf(request))?.phase).toBe("AwaitingApproval");

    await patchRecord(approval.alice, request, toApproval(ALICE));
    await expect(
      patchRecord(approval.alice, request, toApproval(ALICE, "reject")),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be changed/),
    });
    await expect(
      patchRecord(approval.alice, request, { spec: { approval: null } }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be changed/),
    });
    await scene.wake(approval.world.client, "now");
    expect(await approval.jobsOf(request)).toHaveLength(1);
  });

  it("a record that asks again is decided once more, by the number of its question only", async () => {
    const { request } = await approval.ask("asked-again");
    await patchRecord(approval.alice, request, toApproval(ALICE));
    const approved = await getRecord(approval.world, request.data.record);
    if (approved?.status === undefined) throw new Error("there is no record");
    const store = createRecordStore({ client: approval.world.client, namespace: "kubemend" });
    const asking = await store.saveStatus(approved, { ...approved.status, question: 2 });
    expect(asking).toMatchObject({ outcome: "saved", record: { status: { question: 2 } } });
    const answer = (decision: string, question: number) => ({
      spec: { approval: { decision, by: ALICE, question } },
    });
    await expect(
      patchRecord(approval.alice, request, toApproval(ALICE, "reject")),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/number of the question/),
    });
    await expect(patchRecord(approval.alice, request, answer("approve", 3))).rejects.toMatchObject({
      message: expect.stringMatching(/number of the question/),
    });
    await patchRecord(approval.alice, request, answer("approve", 2));
    await expect(patchRecord(approval.alice, request, answer("reject", 2))).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be changed/),
    });
    const record = await getRecord(approval.world, request.data.record);
    expect(record?.spec.approval).toEqual({ decision: "approve", by: ALICE, question: 2 });
  });

  it("only a record that is waiting for approval can be approved", async () => {
    const enforced = toRequest(
      approval.world,
      (await createFailedRun(approval.world, "enforced")).job,
    );
    await createScene(approval.world, toPipeline()).deliver(enforced);
    await expect(patchRecord(approval.alice, enforced, toApproval(ALICE))).rejects.toMatchObject({
      message: expect.stringMatching(/only a remediation of mode approval|AwaitingApproval/),
    });
  });
});
