import { describe, expect, it } from "vitest";
import { createExecutor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import { toRolloutCheck } from "../../../../core/actions/contract/workloads.ts";
import type { ObjectAddress, VerifyOperation } from "../../../../core/operations/operation.ts";
import { toRecord } from "../../../core/records/record.ts";
import { ObjectServer } from "../../../support/kubernetes/object-server.ts";

type Json = Readonly<Record<string, unknown>>;

const STARTED = "2026-03-01T10:00:00.000Z";
const SOON = "2026-03-01T10:00:05.000Z";
const TOO_LATE = "2026-03-01T10:10:00.000Z";

function toTarget(group: string, resource: string, kind: string): ObjectAddress {
  return { group, version: "v1", resource, kind, namespace: "data", name: "a" };
}

const JOB = toTarget("batch", "jobs", "Job");

function verify(
  operation: Partial<VerifyOperation>,
  object: Json | null,
  now = SOON,
  target = JOB,
): Promise<unknown> {
  const server = new ObjectServer();
  const path = `/apis/${target.group}/v1/namespaces/data/${target.resource}/a`;
  const { kind } = target;
  const metadata = { name: "a", namespace: "data", uid: "a-uid", generation: 2 };
  if (object !== null) server.put(path, { apiVersion: "v1", kind, metadata, ...object });
  const executor = createExecutor({
    client: server.client,
    pipeline: { redact: [] },
    sendAlert: async () => undefined,
  });
  const whole = {
    type: "verify",
    name: "verify",
    target,
    uid: "a-uid",
    withinMs: 600_000,
  } as const;
  const step = { name: "verify", state: "started", startedAt: STARTED } as const;
  return executor.execute({ ...whole, ...operation }, { record: toRecord(), now, step });
}

describe("a check that says why it will never be true", () => {
  const failed = 'has(object.why) ? object.why : ""';
  const expression = "has(object.done)";

  it("fails with these words", async () => {
    const answer = await verify({ expression, failed }, { why: "it was rolled back" });
    expect(answer).toMatchObject({
      outcome: "failed",
      code: "NotVerified",
      message: expect.stringMatching(/: it was rolled back$/),
    });
  });

  it("waits while there are none", async () => {
    expect(await verify({ expression, failed }, {})).toMatchObject({ outcome: "wait" });
  });
});

const withCondition = (type: string, status = "True", reason = "BackoffLimitExceeded"): Json => ({
  status: { conditions: [{ type, status, reason }] },
});

describe("the verification of a Job", () => {
  const complete = { expression: 'object.status.conditions.exists(c, c.type == "Complete")' };

  it.each(["BackoffLimitExceeded", "DeadlineExceeded", "PodFailurePolicy", "FailedIndexes"])(
    "ends as soon as the Job has failed for good: %s",
    async (reason) => {
      expect(await verify(complete, withCondition("Failed", "True", reason))).toMatchObject({
        outcome: "failed",
        code: "NotVerified",
        message: expect.stringContaining(`it has failed (${reason})`),
      });
    },
  );

  it.each(["Suspended", "FailureTarget"])(
    "waits for a Job that is %s: it has not ended",
    async (type) => {
      expect(await verify(complete, withCondition(type))).toMatchObject({ outcome: "wait" });
    },
  );

  it("waits while it has not, and ends when it has completed", async () => {
    expect(await verify(complete, withCondition("Failed", "False"))).toMatchObject({
      outcome: "wait",
    });
    expect(await verify(complete, withCondition("Complete"))).toMatchObject({ outcome: "done" });
  });

  it("that is meant to fail ends when it has failed", async () => {
    const failed = { expression: 'object.status.conditions.exists(c, c.type == "Failed")' };
    expect(await verify(failed, withCondition("Failed"))).toMatchObject({ outcome: "done" });
  });
});

describe("an object that must be gone", () => {
  it.each<readonly [string, Json | null, string, Json]>([
    ["is waited for", {}, SOON, { outcome: "wait", message: "waits for Job a to be gone" }],
    ["is gone", null, SOON, { outcome: "done" }],
    ["stays", {}, TOO_LATE, { outcome: "failed", code: "NotVerified" }],
  ])("%s", async (_what, object, now, expected) => {
    const outcome = (await verify({ gone: true }, object, now)) as Json;
    expect(outcome).toMatchObject(expected);
    expect(outcome).not.toHaveProperty("code", "VerifyUnknown");
  });

  it("may be a Job that has failed, or that is given up as soon as it has ended", async () => {
    const failed = withCondition("Failed");
    expect(await verify({ gone: true }, failed)).toMatchObject({ outcome: "wait" });
    const ended = { gone: true, expression: "has(object.status.conditions)" } as const;
    expect(await verify(ended, failed)).toMatchObject({ outcome: "done" });
    expect(await verify(ended, {})).toMatchObject({ outcome: "wait" });
  });

  it("has been replaced by another one of its name", async () => {
    const metadata = { name: "a", namespace: "data", uid: "other" };
    expect(await verify({ gone: true }, { metadata })).toMatchObject({ outcome: "done" });
  });
});

describe("a rollout", () => {
  const deployment = toTarget("apps", "deployments", "Deployment");
  const check = toRolloutCheck("Deployment");
  const done = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3 };

  it.each<readonly [string, Json, Json, string]>([
    ["is complete", { replicas: 3 }, done, "done"],
    ["to zero is complete", { replicas: 0 }, { observedGeneration: 2 }, "done"],
    ["has not been seen", { replicas: 3 }, { ...done, observedGeneration: 1 }, "wait"],
    ["still has old Pods", { replicas: 3 }, { ...done, replicas: 4 }, "wait"],
    ["is not available", { replicas: 3 }, { ...done, availableReplicas: 2 }, "wait"],
    ["has no status yet", { replicas: 3 }, {}, "wait"],
    [
      "was stuck before the change",
      { replicas: 3 },
      { observedGeneration: 1, conditions: [{ type: "Progressing", status: "False" }] },
      "wait",
    ],
    [
      "is stuck",
      { replicas: 3 },
      { ...done, updatedReplicas: 1, conditions: [{ type: "Progressing", status: "False" }] },
      "failed",
    ],
  ])("that %s", async (_what, spec, status, outcome) => {
    expect(await verify(check ?? {}, { spec, status }, SOON, deployment)).toMatchObject({
      outcome,
    });
  });

  it.each<readonly [string, Json]>([
    ["StatefulSet", { observedGeneration: 2, updatedReplicas: 1, readyReplicas: 1 }],
    [
      "DaemonSet",
      {
        observedGeneration: 2,
        desiredNumberScheduled: 4,
        updatedNumberScheduled: 4,
        numberAvailable: 4,
      },
    ],
    ["ReplicaSet", { observedGeneration: 2, readyReplicas: 1 }],
  ])("of a %s is complete", async (kind, status) => {
    const target = toTarget("apps", `${kind.toLowerCase()}s`, kind);
    const answer = verify(toRolloutCheck(kind) ?? {}, { spec: {}, status }, SOON, target);
    expect(await answer).toMatchObject({ outcome: "done" });
  });
});
