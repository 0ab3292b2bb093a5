import { expect, it } from "vitest";
import {
  changeStatus,
  type WithStatus,
} from "../../../../adapters/kubernetes/api/change-status.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../../core/errors.ts";

const PATH = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/counters/one";

type Counter = WithStatus & { readonly status?: { readonly count: number } };

/** One object whose status is written under its resourceVersion. */
function createServer(options: { readonly failing?: KubemendError } = {}) {
  let version = 1;
  let count = 0;
  const bodies: unknown[] = [];
  const toObject = (): Counter => ({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Counter",
    metadata: { name: "one", uid: "uid-1", resourceVersion: String(version) },
    status: { count },
  });
  const request = async <T>({ method, path, body }: KubernetesRequest): Promise<T> => {
    if (method !== "PUT" || path !== `${PATH}/status`) throw new Error(`${method} ${path}`);
    bodies.push(body);
    if (options.failing !== undefined) throw options.failing;
    const { metadata, status } = body as Counter;
    if (metadata.resourceVersion !== String(version)) {
      throw new KubemendError("Conflict", "the object has been modified", { retryable: true });
    }
    version += 1;
    count = status?.count ?? 0;
    return toObject() as T;
  };
  const client: KubernetesClient = {
    server: "",
    request,
    stream: () => Promise.reject(new Error("not served")),
    close: async () => undefined,
  };
  return {
    client,
    bodies,
    read: async () => toObject(),
    count: () => count,
    /** Somebody else writes. */
    interfere(): void {
      version += 1;
      count += 10;
    },
  };
}

type Server = ReturnType<typeof createServer>;

function addOne(server: Server, onRead: () => void = () => undefined, pauses: number[] = []) {
  return changeStatus<Counter, { readonly count: number }, string>(
    {
      client: server.client,
      read: server.read,
      toPath: () => PATH,
      pause: async (ms) => void pauses.push(ms),
      decide({ status }) {
        const next = (status?.count ?? 0) + 1;
        onRead();
        return { outcome: "write", status: { count: next }, answer: `now ${next}` };
      },
    },
    new AbortController().signal,
  );
}

it("writes the status under the uid and the resourceVersion that were read", async () => {
  const server = createServer();
  const changed = await addOne(server);
  expect(changed).toMatchObject({ outcome: "saved", answer: "now 1" });
  expect(server.bodies).toMatchObject([
    { metadata: { name: "one", uid: "uid-1", resourceVersion: "1" }, status: { count: 1 } },
  ]);
});

it("reads and decides again if somebody else has written meanwhile", async () => {
  const server = createServer();
  let reads = 0;
  const changed = await addOne(server, () => {
    reads += 1;
    if (reads < 3) server.interfere();
  });
  expect(changed).toMatchObject({ outcome: "saved", answer: "now 21" });
  expect(server.count()).toBe(21);
});

it("writes nothing, and says so, if others have written first three times", async () => {
  const server = createServer();
  const changed = await addOne(server, () => server.interfere());
  expect(changed.outcome).toBe("contended");
  expect(server.bodies).toHaveLength(3);
  expect(server.count()).toBe(30);
});

it("pauses for longer after each conflict, and never for a fixed time", async () => {
  const pauses: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const server = createServer();
    await addOne(server, () => server.interfere(), pauses);
  }
  expect(pauses).toHaveLength(40);
  expect(new Set(pauses).size).toBeGreaterThan(30);
  const firsts = pauses.filter((_ms, index) => index % 2 === 0);
  const seconds = pauses.filter((_ms, index) => index % 2 === 1);
  expect(Math.max(...firsts)).toBeLessThanOrEqual(100);
  expect(Math.max(...seconds)).toBeGreaterThan(100);
});

it("writes nothing if the decision is to keep the status", async () => {
  const server = createServer();
  const { client, read } = server;
  const decide = () => ({ outcome: "keep", answer: "nothing to do" }) as const;
  const signal = new AbortController().signal;
  const changed = await changeStatus({ client, read, toPath: () => PATH, decide }, signal);
  expect(changed).toMatchObject({ outcome: "kept", answer: "nothing to do" });
  expect(server.bodies).toEqual([]);
});

it("throws what is no conflict, at the first attempt", async () => {
  const failing = new KubemendError("Unavailable", "etcd is away", { retryable: true });
  const server = createServer({ failing });
  await expect(addOne(server)).rejects.toThrow("etcd is away");
  expect(server.bodies).toHaveLength(1);
});
