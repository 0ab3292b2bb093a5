/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import { createWorld, FAILED_JOB, RERUN, toMessage, toPipeline } from "./world.ts";

const OWNERS = Array.from({ length: 300 }, (_, index) => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  name: index === 0 ? "n".repeat(200_000) : `owner-${index}`,
  uid: `uid-${index}`,
}));
const JOB = {
  ...FAILED_JOB,
  metadata: {
    ...FAILED_JOB.metadata,
    ownerReferences: OWNERS,
    annotations: { long: "漢".repeat(100_000) },
  },
};

it("an alert quotes at most 4 KB of an object, and has only references that a record keeps", async () => {
  const summary = "object.metadata.annotations.long";
  const pipeline = toPipeline({ ...RERUN, then: [{ alert: { to: "team", summary } }] });
  const world = createWorld({ pipeline });
  await world.normalize(JSON.stringify(toMessage(pipeline, JOB)));
  const [alert] = world.alerts();
  expect(Buffer.byteLength(alert?.data.summary ?? "")).toBeLessThanOrEqual(4_096);
  expect(alert?.data.summary).toMatch(/^漢+…$/);
  expect(alert?.data.references).toHaveLength(100);
  expect(JSON.stringify(alert).length).toBeLessThan(60_000);
});

it("a request has only references that its record keeps", async () => {
  const pipeline = toPipeline(RERUN);
  const world = createWorld({ pipeline });
  await world.normalize(JSON.stringify(toMessage(pipeline, JOB)));
  const [sent] = world.requests();
  expect(sent?.request.data.references).toHaveLength(100);
  expect(JSON.stringify(sent?.request).length).toBeLessThan(60_000);
});

it("a key of an episode longer than a record can keep is an error of the rule, with an alert", async () => {
  const once = { key: "object.metadata.annotations.long" };
  const pipeline = toPipeline({
    ...RERUN,
    once,
    then: [...RERUN.then, { alert: { to: "t", summary: "'s'" } }],
  });
  const world = createWorld({ pipeline });
  expect(await world.normalize(JSON.stringify(toMessage(pipeline, JOB)))).toEqual({
    outcome: "done",
  });
  expect(world.requests()).toEqual([]);
  expect(world.alerts()[0]?.data.problem).toEqual({
    code: "RuleError",
    message: "once.key must give a text of at most 1000 characters",
  });
});
