import { describe, expect, it } from "vitest";
import { createExecutor } from "../../../../adapters/kubernetes/remediation/executor.ts";
import { toApiError } from "../../../../adapters/kubernetes/http/errors.ts";
import { KubemendError } from "../../../../core/errors.ts";
import type { DeleteOperation, EvictOperation } from "../../../../core/operations/operation.ts";
import { toRecord } from "../../../core/records/record.ts";
import { ObjectServer } from "../../../support/kubernetes/object-server.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const PATH = "/api/v1/namespaces/data/pods/web-1";
const TARGET = {
  group: "",
  version: "v1",
  resource: "pods",
  kind: "Pod",
  namespace: "data",
  name: "web-1",
};
const DELETE: DeleteOperation = {
  type: "delete",
  name: "deleteObject",
  target: TARGET,
  uid: "pod-uid",
  propagationPolicy: "Foreground",
  gracePeriodSeconds: 5,
};
const EVICT: EvictOperation = {
  type: "evict",
  name: "evictPod",
  target: TARGET,
  uid: "pod-uid",
  withinMs: 60_000,
};

function toServer(uid?: string): ObjectServer {
  const server = new ObjectServer();
  const metadata = { name: "web-1", namespace: "data", uid: uid ?? "" };
  if (uid !== undefined) server.put(PATH, { apiVersion: "v1", kind: "Pod", metadata });
  return server;
}

function execute(
  server: ObjectServer,
  operation: DeleteOperation | EvictOperation,
  options: { readonly dryRun?: boolean; readonly startedAt?: string } = {},
) {
  const executor = createExecutor({
    client: server.client,
    pipeline: { redact: [] },
    sendAlert: async () => undefined,
  });
  const { dryRun = false, startedAt = NOW } = options;
  const step = { name: operation.name, state: "started", startedAt } as const;
  return executor.execute(operation, { record: toRecord(), now: NOW, dryRun, step });
}

describe.each([
  ["a deletion", DELETE],
  ["an eviction", EVICT],
] as const)("%s", (_what, operation) => {
  it("removes the object with this uid", async () => {
    const server = toServer("pod-uid");
    expect(await execute(server, operation)).toMatchObject({ outcome: "done" });
    expect(server.objects.has(PATH)).toBe(false);
  });

  it("leaves another object of the same name alone, and is done", async () => {
    const server = toServer("other-uid");
    expect(await execute(server, operation)).toMatchObject({ outcome: "done" });
    expect(server.get(PATH).metadata.uid).toBe("other-uid");
  });

  it("of an object that is gone is done", async () => {
    expect(await execute(toServer(), operation)).toMatchObject({ outcome: "done" });
  });

  it("that conflicts with another writer is tried again, as the object is still there", async () => {
    const server = toServer("pod-uid");
    server.before = ({ method }) => {
      if (method === "GET") return;
      throw new KubemendError("Conflict", "has been modified", { retryable: false });
    };
    await expect(execute(server, operation)).rejects.toMatchObject({
      code: "Conflict",
      retryable: true,
    });
  });

  it("as a dry run removes nothing", async () => {
    const server = toServer("pod-uid");
    expect(await execute(server, operation, { dryRun: true })).toMatchObject({ outcome: "done" });
    expect(server.objects.has(PATH)).toBe(true);
  });
});

it("a deletion has its policy and grace period", async () => {
  const server = toServer("pod-uid");
  await execute(server, DELETE);
  expect(server.requests[0]?.body).toMatchObject({
    propagationPolicy: "Foreground",
    gracePeriodSeconds: 5,
    preconditions: { uid: "pod-uid" },
  });
});

describe("an eviction that a PodDisruptionBudget does not allow", () => {
  const toBlocked = (): ObjectServer => {
    const server = toServer("pod-uid");
    server.before = () => {
      throw new KubemendError("TooManyRequests", "needs 2 healthy pods and has 2", {
        retryable: true,
      });
    };
    return server;
  };

  it("waits, and says for what", async () => {
    expect(await execute(toBlocked(), EVICT)).toMatchObject({
      outcome: "wait",
      until: "2026-03-01T10:00:10.000Z",
      reason: "DisruptionBudget",
      message: expect.stringContaining("needs 2 healthy pods and has 2"),
    });
  });

  it("fails when its time is over", async () => {
    const startedAt = "2026-03-01T09:59:00.000Z";
    expect(await execute(toBlocked(), EVICT, { startedAt })).toMatchObject({
      outcome: "failed",
      code: "DisruptionBudget",
    });
  });

  it("fails at once if several select the Pod, which the API server answers with 500", async () => {
    const server = toServer("pod-uid");
    server.before = () => {
      const message =
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
      throw toApiError(500, { reason: "", message }, "POST /eviction");
    };
    expect(await execute(server, EVICT)).toMatchObject({
      outcome: "failed",
      code: "DisruptionBudget",
      message: expect.stringContaining("more than one PodDisruptionBudget selects it"),
    });
  });

  it("is tried again if the API server answers 500 for another reason", async () => {
    const server = toServer("pod-uid");
    server.before = () => {
      throw toApiError(500, { reason: "InternalError", message: "it is away" }, "POST /eviction");
    };
    await expect(execute(server, EVICT)).rejects.toMatchObject({ retryable: true });
  });

  it("as a dry run says that it would wait", async () => {
    expect(await execute(toBlocked(), EVICT, { dryRun: true })).toMatchObject({
      outcome: "done",
      message: expect.stringContaining("may not be evicted now"),
    });
  });
});
