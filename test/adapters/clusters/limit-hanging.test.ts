import { expect, it } from "vitest";
import { limitHanging } from "../../../adapters/clusters/limit-hanging.ts";
import type {
  KubernetesClient,
  KubernetesRequest,
} from "../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../core/errors.ts";

const toPatch = (namespace: string): KubernetesRequest => ({
  method: "PATCH",
  path: `/api/v1/namespaces/${namespace}/configmaps/a`,
  timeoutMs: 30_000,
});

/** A cluster that takes this long (ms) for writes to each namespace. */
function open(tookMs: Record<string, number>) {
  const sent: [namespace: string, timeoutMs: number][] = [];
  let nowMs = 0;
  const client = {
    server: "https://backup.example",
    request: async ({ path, timeoutMs = 0 }: KubernetesRequest) => {
      const namespace = path.split("/")[4] ?? "";
      sent.push([namespace, timeoutMs]);
      const took = tookMs[namespace] ?? 1;
      nowMs += Math.min(took, timeoutMs);
      if (took <= timeoutMs) return "answer";
      throw new KubemendError("Timeout", "no answer", { retryable: true });
    },
  } as unknown as KubernetesClient;
  return {
    sent,
    tookMs,
    wait: (ms: number) => (nowMs += ms),
    now: () => nowMs,
    client: limitHanging(
      client,
      () => nowMs,
      ({ method }) => method !== "GET",
    ),
  };
}

const HANGS = 60_000;

it("a write is waited for three seconds", async () => {
  const { client, sent } = open({ slow: HANGS });
  await expect(client.request(toPatch("slow"))).rejects.toMatchObject({ code: "Timeout" });
  expect(sent).toEqual([["slow", 3_000]]);
});

it("of a resource and namespace that hang, the next writes are refused at once", async () => {
  const { client, sent } = open({ slow: HANGS });
  await expect(client.request(toPatch("slow"))).rejects.toThrow("no answer");
  const refused = { code: "Timeout", retryable: true, retryAfterMs: 12_000 };
  await expect(client.request(toPatch("slow"))).rejects.toMatchObject(refused);
  expect(sent).toHaveLength(1);
});

it("writes to other namespaces, and reads, are sent", async () => {
  const { client } = open({ slow: HANGS });
  await expect(client.request(toPatch("slow"))).rejects.toThrow("no answer");
  await expect(client.request(toPatch("shop"))).resolves.toBe("answer");
  await expect(client.request({ ...toPatch("slow"), method: "GET" })).rejects.toThrow("no answer");
});

it("hanging writes take a fifth of the time at most", async () => {
  const { client, wait, now } = open({ slow: HANGS });
  let heldMs = 0;
  while (now() < 600_000) {
    const sinceMs = now();
    await client.request(toPatch("slow")).catch(() => undefined);
    heldMs += now() - sinceMs;
    wait(1_000);
  }
  expect(heldMs / now()).toBeLessThan(0.21);
});

it("hanging writes to many namespaces take no longer than those to a few", async () => {
  const names = Array.from({ length: 100 }, (_none, index) => `slow-${index}`);
  const { client, now } = open(Object.fromEntries(names.map((name) => [name, HANGS])));
  for (const name of names) await client.request(toPatch(name)).catch(() => undefined);
  expect(now()).toBe(9_000);
});

it("a write that takes some seconds is done in the end", async () => {
  const { client, wait, sent } = open({ slow: 5_000 });
  await expect(client.request(toPatch("slow"))).rejects.toThrow("no answer");
  wait(12_000);
  await expect(client.request(toPatch("slow"))).resolves.toBe("answer");
  expect(sent).toEqual([
    ["slow", 3_000],
    ["slow", 15_000],
  ]);
});

it("of writes that hang only one is sent at a time", async () => {
  const world = open({ slow: HANGS });
  await expect(world.client.request(toPatch("slow"))).rejects.toThrow("no answer");
  world.wait(12_000);
  const all = [1, 2, 3].map(() => world.client.request(toPatch("slow")).catch(() => undefined));
  await Promise.all(all);
  expect(world.sent).toHaveLength(2);
});

it("all writes are sent again as soon as one was answered in time", async () => {
  const { client, wait, tookMs } = open({ slow: HANGS });
  await expect(client.request(toPatch("slow"))).rejects.toThrow("no answer");
  wait(12_000);
  tookMs["slow"] = 1;
  await expect(client.request(toPatch("slow"))).resolves.toBe("answer");
  await expect(client.request(toPatch("slow"))).resolves.toBe("answer");
});

it("a refusal of single objects stops no others", async () => {
  const denied = new KubemendError("AdmissionDenied", "no", { retryable: false, status: 403 });
  const client = limitHanging(
    { request: () => Promise.reject(denied) } as unknown as KubernetesClient,
    () => 0,
    () => true,
  );
  for (let index = 0; index < 10; index += 1) {
    await expect(client.request(toPatch("shop"))).rejects.toBe(denied);
  }
});
