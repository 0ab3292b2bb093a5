import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import type { KubernetesRequest } from "../../../../adapters/kubernetes/http/client.ts";
import { createExecutor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import { KubemendError } from "../../../../core/errors.ts";
import type { ManifestOperation } from "../../../../core/operations/operation.ts";
import { toRecord } from "../../../core/records/record.ts";
import { toJobAddress } from "../../../support/kubernetes/job-address.ts";

type Json = Readonly<Record<string, unknown>>;

const NOW = "2026-03-01T10:00:00.000Z";
const JOBS = "/apis/batch/v1/namespaces/data/jobs";
const OPERATION: ManifestOperation = {
  type: "createManifest",
  name: "createJob",
  target: toJobAddress("tidy-1"),
  metadata: { labels: { app: "tidy" }, annotations: { team: "data" } },
  spec: { backoffLimit: 0, template: { spec: { containers: [{ name: "main" }] } } },
};

type Options = {
  readonly existing?: (sent: KubernetesObject) => KubernetesObject | undefined;
  readonly operation?: ManifestOperation;
  readonly dryRun?: boolean;
  readonly refusal?: KubemendError;
};

async function execute({ existing, operation = OPERATION, dryRun, refusal }: Options = {}) {
  const posts: KubernetesRequest[] = [];
  let sent: KubernetesObject | undefined;
  const request = async <T>(asked: KubernetesRequest): Promise<T> => {
    if (asked.method === "GET") {
      const found = sent === undefined ? undefined : existing?.(sent);
      if (found === undefined) throw new KubemendError("NotFound", "", { retryable: false });
      return found as T;
    }
    posts.push(asked);
    const body = asked.body as { readonly metadata: Json } & Json;
    const made = { ...body, metadata: { ...body.metadata, uid: "new-uid" } };
    sent = made as never;
    if (refusal !== undefined) throw refusal;
    if (existing === undefined) return made as T;
    throw new KubemendError("AlreadyExists", "exists", { retryable: false });
  };
  const executor = createExecutor({
    client: { request } as never,
    pipeline: { redact: [] },
    sendAlert: async () => {},
  });
  const context = {
    record: toRecord({ phase: "Running" }),
    now: NOW,
    ...(dryRun ? { dryRun } : {}),
  };
  return { outcome: await executor.execute(operation, context), posts, sent };
}

describe("the Job of a plan", () => {
  it("is sent with its metadata and its spec, and with the marks of its record", async () => {
    const { outcome, posts } = await execute();
    expect(outcome).toMatchObject({ outcome: "done", object: { name: "tidy-1", uid: "new-uid" } });
    expect(posts).toHaveLength(1);
    expect(posts[0]).toMatchObject({
      path: JOBS,
      query: { fieldValidation: "Strict" },
      body: {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: {
          name: "tidy-1",
          namespace: "data",
          labels: { app: "tidy" },
          annotations: { team: "data", "kubemend.dev/digest": expect.stringMatching(/^\w{64}$/) },
        },
        spec: OPERATION.spec,
      },
    });
  });

  it("is done if it exists and is the one of this record", async () => {
    const { outcome } = await execute({ existing: (sent) => sent });
    expect(outcome).toMatchObject({ outcome: "done", object: { uid: "new-uid" } });
  });

  it.each<readonly [string, (sent: KubernetesObject) => KubernetesObject]>([
    [
      "of another record",
      (sent) => ({
        ...sent,
        metadata: { ...sent.metadata, annotations: { "kubemend.dev/cause": "other" } },
      }),
    ],
    ["with another spec", (sent) => ({ ...sent, spec: { ...OPERATION.spec, backoffLimit: 5 } })],
  ])("is not taken for one of its name %s", async (_what, existing) => {
    const { outcome } = await execute({ existing });
    expect(outcome).toMatchObject({ outcome: "failed", code: "AlreadyExists" });
  });

  it("is tried under another name by a dry run, if an earlier step would have deleted the one that has its name", async () => {
    const { outcome, posts } = await execute({
      operation: { ...OPERATION, replaces: true },
      dryRun: true,
    });
    expect(outcome).toMatchObject({ outcome: "done", object: { name: "tidy-1" } });
    expect(posts[0]).toMatchObject({
      query: { dryRun: "All" },
      body: { metadata: { name: expect.stringMatching(/^tidy-1-probe-/) } },
    });
  });

  it("is tried again if it was deleted between the two requests", async () => {
    const existing = () => undefined;
    await expect(execute({ existing })).rejects.toMatchObject({ retryable: true });
  });

  it("is tried again if a quota's count lost a race", async () => {
    const refusal = new KubemendError("Conflict", "quota", { retryable: false });
    await expect(execute({ refusal })).rejects.toMatchObject({ code: "Conflict", retryable: true });
  });

  it("fails with the message of the API server if it is refused for good", async () => {
    const refusal = new KubemendError("Invalid", "spec.x is unknown", { retryable: false });
    expect((await execute({ refusal })).outcome).toEqual({
      outcome: "failed",
      code: "Invalid",
      message: "spec.x is unknown",
    });
  });
});
