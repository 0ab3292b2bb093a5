/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { toBackupJob } from "../../../support/functions/backup-objects.ts";
import { createRequestWorld } from "../../../support/functions/request-world.ts";

const ALERT = { alert: { to: "team", summary: "'s'" } };

/** The result of a rule for a trigger, with the sizes of its record and its alert in bytes. */
async function remediate(action: object, trigger: KubernetesObject) {
  const world = createRequestWorld({ once: "object", then: [action, ALERT] }, trigger);
  world.put("jobs", trigger);
  const verdict = await world.deliver({});
  const [record] = world.records.values();
  const [alert] = world.alerts;
  const sizes = [record, alert].map((one) => Buffer.byteLength(JSON.stringify(one)));
  return { verdict, status: record?.status, problem: alert?.data.problem, sizes };
}

const LONG = "<".repeat(500_000);
const JOB = toBackupJob({});

it.each([
  [
    "the name of a controller",
    { deleteObject: {} },
    {
      ...JOB,
      metadata: {
        ...JOB.metadata,
        ownerReferences: [{ apiVersion: "v1", kind: "A", name: LONG, uid: "u", controller: true }],
      },
    },
    "Controlled",
  ],
  [
    "a finalizer",
    { deleteObject: {} },
    { ...JOB, metadata: { ...JOB.metadata, finalizers: [LONG] } },
    "HasFinalizers",
  ],
  [
    "a value that is no text",
    { annotate: { set: { x: { cel: "object.spec" } } } },
    { ...JOB, spec: { long: LONG } },
    "NoText",
  ],
])(
  "%s of half a megabyte makes a short message: record and alert stay small, and both say why",
  async (_what, action, trigger, code) => {
    const { verdict, status, problem, sizes } = await remediate(action, trigger);
    expect(verdict).toEqual({ outcome: "done" });
    expect(status).toMatchObject({ phase: "Refused", reason: code });
    expect(status?.message?.length).toBeLessThanOrEqual(1_000);
    expect(problem?.code).toBe(code);
    expect(problem?.message).toBe(status?.message);
    for (const bytes of sizes) expect(bytes).toBeLessThan(8_000);
  },
);

it("an action that finds a long text in place already says so in short", async () => {
  const annotations = { x: "漢".repeat(50_000) };
  const trigger = { ...JOB, metadata: { ...JOB.metadata, annotations } };
  const { status } = await remediate(
    { annotate: { set: { x: { cel: "object.metadata.annotations.x" } } } },
    trigger,
  );
  expect(status).toMatchObject({ phase: "Succeeded" });
  expect(JSON.stringify(status).length).toBeLessThan(2_000);
});
