import { describe, expect, it } from "vitest";
import type { KubernetesRequest } from "../../../../adapters/kubernetes/http/client.ts";
import { createExecutor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import { KubemendError } from "../../../../core/errors.ts";
import type { AwaitGoneOperation } from "../../../../core/operations/operation.ts";
import { toRecord } from "../../../core/records/record.ts";
import { toJobAddress } from "../../../support/kubernetes/job-address.ts";

type Json = Readonly<Record<string, unknown>>;

const JOB = "/apis/batch/v1/namespaces/data/jobs/migrate";
const START = "2026-03-01T10:00:00.000Z";
const OPERATION: AwaitGoneOperation = {
  type: "awaitGone",
  name: "applyJob-gone",
  target: toJobAddress("migrate"),
  uid: "old-uid",
  withinMs: 60_000,
};
const toJob = (uid: string, finalizers: readonly string[] = []): Json => ({
  metadata: { name: "migrate", uid, finalizers },
});
const POD = { metadata: { name: "migrate-x", uid: "pod-uid", finalizers: ["example.com/keep"] } };

async function ask(cluster: { job?: Json; pods?: readonly Json[] }, now = START, dryRun = false) {
  const request = async <T>({ path, query }: KubernetesRequest): Promise<T> => {
    if (path !== JOB) {
      const isOfJob =
        query?.["labelSelector"] ===
        "batch.kubernetes.io/controller-uid=old-uid,batch.kubernetes.io/job-name=migrate";
      return { items: isOfJob ? (cluster.pods ?? []) : [], metadata: {} } as T;
    }
    if (cluster.job === undefined) throw new KubemendError("NotFound", path, { retryable: false });
    return cluster.job as T;
  };
  const client = { request, requestJson: request } as never;
  const executor = createExecutor({
    client,
    pipeline: { redact: [] },
    sendAlert: async () => {},
  });
  const step = { name: OPERATION.name, state: "started", startedAt: START } as const;
  return executor.execute(OPERATION, { record: toRecord(), now, step, dryRun });
}

describe("waiting until a deleted Job is gone", () => {
  it("ends when neither the Job nor a Pod of it is there", async () => {
    expect(await ask({})).toEqual({ outcome: "done" });
  });

  it("ends when another Job has its name", async () => {
    expect(await ask({ job: toJob("new-uid") })).toEqual({ outcome: "done" });
  });

  it("waits while the Job is there, and says what holds it", async () => {
    expect(await ask({ job: toJob("old-uid", ["foregroundDeletion"]) })).toMatchObject({
      outcome: "wait",
      reason: "Terminating",
      until: "2026-03-01T10:00:02.000Z",
      message: expect.stringContaining("foregroundDeletion"),
    });
  });

  it("waits while a Pod of it is there", async () => {
    expect(await ask({ pods: [POD] })).toMatchObject({
      outcome: "wait",
      message: expect.stringMatching(/migrate-x.*example\.com\/keep/),
    });
  });

  it("fails at the end of its time with what is still there", async () => {
    expect(await ask({ pods: [POD] }, "2026-03-01T10:01:00.000Z")).toMatchObject({
      outcome: "failed",
      code: "StillThere",
      message: expect.stringContaining("migrate-x"),
    });
  });

  it("does not wait in a dry run, which has deleted nothing", async () => {
    expect(await ask({ job: toJob("old-uid") }, START, true)).toEqual({ outcome: "done" });
  });
});
