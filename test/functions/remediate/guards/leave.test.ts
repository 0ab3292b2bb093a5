/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { createGuardDesk } from "../../../../functions/remediate/guards/desk.ts";
import { toRecord } from "../../../core/records/record.ts";
import { createGuardServer } from "../../../support/functions/guard-server.ts";
import { parseRule } from "../../../support/functions/rule-request.ts";

const RECORD = toRecord();
const signal = AbortSignal.timeout(60_000);

function createDesk() {
  const server = createGuardServer();
  const desk = createGuardDesk({
    client: { request: async (asked: never) => server.serve(asked) } as unknown as KubernetesClient,
    records: { read: async () => RECORD },
    namespace: "kubemend",
    sendWakeup: async () => {},
    now: () => Date.parse("2026-03-01T10:00:00.000Z"),
  });
  const { rule } = parseRule({
    where: "true",
    once: "object",
    guards: { stormBrake: "off" },
    then: [{ createJobFromCronJob: {} }],
  });
  return { server, desk, rule };
}

it("a record that was admitted and does not start leaves its place to others, with one read and one write", async () => {
  const { server, desk, rule } = createDesk();
  expect(await desk.ask(RECORD, rule, signal)).toEqual({ outcome: "admitted" });
  expect(server.guards.get("rerun")?.status?.entries).toHaveLength(1);
  server.requests.length = 0;
  await desk.leave(RECORD, rule, signal);
  expect(server.guards.get("rerun")?.status?.entries).toEqual([]);
  expect(server.requests).toEqual(["LIST", "PUT rerun"]);
});

it("a record that has no place in its guard writes nothing when it leaves", async () => {
  const { server, desk, rule } = createDesk();
  await desk.ask(RECORD, rule, signal);
  await desk.leave(RECORD, rule, signal);
  server.requests.length = 0;
  await desk.leave(RECORD, rule, signal);
  expect(server.requests).toEqual(["LIST"]);
});
