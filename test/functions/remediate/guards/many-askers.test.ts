import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createGuardDesk, type GuardDesk } from "../../../../functions/remediate/guards/desk.ts";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import type { RemediationRecord } from "../../../../events/remediation.ts";
import { createGuardServer, type GuardServer } from "../../../support/functions/guard-server.ts";
import { parseRule } from "../../../support/functions/rule-request.ts";

const WIDE = { maxInFlight: 500, maxPerHour: "off", stormBrake: "off" };
const { rule } = parseRule({
  where: "true",
  once: "object",
  then: [{ createJobFromCronJob: {} }],
  guards: WIDE,
});
const TIME = "2026-03-01T10:00:00.000Z";

function toRecord(index: number): RemediationRecord {
  const name = `${rule.id}-${String(index).padStart(20, "0")}`;
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Remediation" };
  const metadata = {
    name,
    namespace: "kubemend",
    uid: name,
    resourceVersion: "1",
    creationTimestamp: TIME,
  };
  const trigger = {
    group: "batch",
    version: "v1",
    resource: "jobs",
    kind: "Job",
    namespaced: true,
    namespace: "data",
    name: `backup-${index}`,
    uid: `uid-${index}`,
    resourceVersion: "1",
  };
  const spec = {
    cluster: { name: "test", uid: "u" },
    rule: { id: rule.id, digest: rule.digest },
    onceKey: "object",
    mode: "enforce" as const,
    trigger,
    change: { id: "c", kind: "modified", time: TIME },
    references: [],
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  };
  return { ...head, metadata, spec } as RemediationRecord;
}

/** A process with a guard desk of its own; each request takes some milliseconds. */
function startProcess(server: GuardServer): GuardDesk {
  const client: KubernetesClient = {
    server: "",
    async request<T>(request: Parameters<KubernetesClient["request"]>[0]): Promise<T> {
      await sleep(2 + Math.random() * 4);
      const answer = structuredClone(server.serve(request)) as T;
      await sleep(2);
      return answer;
    },
    stream: () => Promise.reject(new Error("not served")),
    close: async () => undefined,
  };
  const records = { read: async () => undefined };
  const sendWakeup = async (): Promise<void> => undefined;
  return createGuardDesk({
    client,
    records,
    namespace: "kubemend",
    sendWakeup,
    now: Date.now,
  });
}

const count = (server: GuardServer, what: string): number =>
  server.requests.filter((line) => line.startsWith(what)).length;

it("forty batches of ten that twenty processes begin at once are written about once each", async () => {
  const server = createGuardServer();
  const { signal } = new AbortController();
  let next = 0;
  const work = async (): Promise<readonly string[]> => {
    const desk = startProcess(server);
    const outcomes: string[] = [];
    for (let batch = 0; batch < 2; batch += 1) {
      const records = Array.from({ length: 10 }, () => toRecord((next += 1)));
      const answers = records.map(async (record) => {
        // Each of them has read its object first.
        await sleep(Math.random() * 15);
        return (await desk.ask(record, rule, signal)).outcome;
      });
      outcomes.push(...(await Promise.all(answers)));
    }
    return outcomes;
  };
  const outcomes = (await Promise.all(Array.from({ length: 20 }, work))).flat();
  expect(new Set(outcomes)).toEqual(new Set(["admitted"]));
  expect(server.guards.get(rule.id)?.status?.entries).toHaveLength(400);
  expect(count(server, "PUT")).toBeLessThanOrEqual(60);
  expect(count(server, "CONFLICT")).toBeLessThanOrEqual(200);
});

it("those that ask while a write is lost join the next attempt", async () => {
  const server = createGuardServer();
  const desk = startProcess(server);
  const { signal } = new AbortController();
  await desk.ask(toRecord(1_001), rule, signal);
  await sleep(1_100);
  server.requests.length = 0;
  let late: Promise<unknown> | undefined;
  server.onWrite = (name) => {
    if (late !== undefined) return;
    server.touch(name);
    late = desk.ask(toRecord(1_003), rule, signal);
  };
  await desk.ask(toRecord(1_002), rule, signal);
  await late;
  expect(server.requests.filter((line) => line !== "LIST")).toEqual([
    `CONFLICT ${rule.id}`,
    `PUT ${rule.id}`,
  ]);
  expect(server.guards.get(rule.id)?.status?.entries).toHaveLength(3);
});
