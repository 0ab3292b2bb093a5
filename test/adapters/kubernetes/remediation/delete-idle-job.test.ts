import { describe, expect, it } from "vitest";
import type { KubernetesRequest } from "../../../../adapters/kubernetes/http/client.ts";
import { createExecutor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import { KubemendError } from "../../../../core/errors.ts";
import type { DeleteOperation } from "../../../../core/operations/operation.ts";
import { toRecord } from "../../../core/records/record.ts";
import { toJobAddress } from "../../../support/kubernetes/job-address.ts";

type Json = Readonly<Record<string, unknown>>;

const DELETE: DeleteOperation = {
  type: "delete",
  name: "applyJob-delete",
  target: toJobAddress("migrate"),
  uid: "job-uid",
  propagationPolicy: "Foreground",
  onlyIfIdle: true,
};
const toJob = (version: string, fields: Json = {}, metadata: Json = {}): Json => ({
  metadata: { name: "migrate", uid: "job-uid", resourceVersion: version, ...metadata },
  ...fields,
});
const ENDED = { status: { conditions: [{ type: "Complete", status: "True" }] } };
const fail = (code: "NotFound" | "Conflict"): KubemendError =>
  new KubemendError(code, code, { retryable: false });

/** Deletes against a cluster that shows these states one after the other; the bodies of the deletions. */
async function execute(states: readonly (Json | undefined)[], refusals: readonly Error[] = []) {
  const deletions: unknown[] = [];
  let reads = 0;
  const request = async <T>({ method, body }: KubernetesRequest): Promise<T> => {
    if (method === "GET") {
      const state = states[Math.min(reads, states.length - 1)];
      reads += 1;
      if (state === undefined) throw fail("NotFound");
      return state as T;
    }
    deletions.push(body);
    const refusal = refusals[deletions.length - 1];
    if (refusal !== undefined) throw refusal;
    return {} as T;
  };
  const executor = createExecutor({
    client: { request } as never,
    pipeline: { redact: [] },
    sendAlert: async () => {},
  });
  const context = { record: toRecord({ phase: "Running" }), now: "2026-03-01T10:00:00.000Z" };
  return { outcome: await executor.execute(DELETE, context), deletions };
}

describe("the deletion of a Job that must not be running", () => {
  it.each<readonly [string, Json]>([
    ["that has ended", ENDED],
    ["that is suspended", { spec: { suspend: true } }],
  ])("deletes one %s, in the state that was read", async (_what, fields) => {
    const { outcome, deletions } = await execute([toJob("7", fields)]);
    expect(outcome).toMatchObject({ outcome: "done", object: { uid: "job-uid" } });
    expect(deletions).toMatchObject([
      { preconditions: { uid: "job-uid", resourceVersion: "7" }, propagationPolicy: "Foreground" },
    ]);
  });

  it.each<readonly [string, Json]>([
    ["runs", { status: { active: 1 } }],
    ["was only just created", {}],
    ["is suspended, and whose Pods still run", { spec: { suspend: true }, status: { active: 1 } }],
  ])("does not delete one that %s", async (_what, fields) => {
    const { outcome, deletions } = await execute([toJob("7", fields)]);
    expect(outcome).toMatchObject({ outcome: "failed", code: "JobRunning" });
    expect(deletions).toEqual([]);
  });

  it("does not delete one that was resumed at the same time", async () => {
    const states = [toJob("7", { spec: { suspend: true } }), toJob("8")];
    const { outcome, deletions } = await execute(states, [fail("Conflict")]);
    expect(outcome).toMatchObject({ outcome: "failed", code: "JobRunning" });
    expect(deletions).toHaveLength(1);
  });

  it("gives way to a controller that writes to it all the time", async () => {
    const refusals = Array.from({ length: 9 }, () => fail("Conflict"));
    await expect(execute([toJob("7", ENDED)], refusals)).rejects.toMatchObject({
      code: "Conflict",
      retryable: true,
    });
  });

  it.each<readonly [string, Json | undefined]>([
    ["is gone", undefined],
    ["was replaced", { metadata: { name: "migrate", uid: "other" } }],
    ["is being deleted", toJob("7", {}, { deletionTimestamp: "2026-03-01T10:00:00Z" })],
  ])("is done if the Job %s", async (_what, state) => {
    const { outcome, deletions } = await execute([state]);
    expect(outcome).toMatchObject({ outcome: "done" });
    expect(deletions).toEqual([]);
  });

  it("is done if the Job went between the two requests", async () => {
    const { outcome } = await execute([toJob("7", ENDED)], [fail("NotFound")]);
    expect(outcome).toMatchObject({ outcome: "done" });
  });
});
