import { expect, test } from "vitest";
import { SIGNATURE_ATTRIBUTE } from "../../../events/signature.ts";
import type { ChangeData, KubernetesObject } from "../../../events/change.ts";
import { openSigningKeys } from "../../../adapters/signing/open-signing-keys.ts";
import { createSign } from "../../../adapters/signing/sign.ts";
import { createVerify } from "../../../adapters/signing/verify.ts";
import { EVIDENCE_MAX_BYTES } from "../../../events/request.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { toRecord } from "../../adapters/lambda/invocation.ts";
import { createWorld, FAILED_JOB, RERUN, toMessage, toPipeline, type World } from "./world.ts";

const ACT = { ...RERUN, ifGone: "act" };
const VANISHED: Partial<ChangeData> = { change: "deleted", unsent: true };
const KEYS = openSigningKeys({ type: "keys", keys: ["a-key-of-24-characters-xx"] }, () => 0);
const [SIGN, VERIFY_REQUEST, VERIFY_ALERT] = [
  createSign(KEYS, "changes"),
  createVerify(KEYS, "remediations"),
  createVerify(KEYS, "alerts"),
] as const;

async function normalize(
  pipeline: Pipeline,
  data: Partial<ChangeData> = {},
  options: { readonly signature?: string; readonly object?: KubernetesObject } = {},
): Promise<World> {
  const world = createWorld({ pipeline, signingKeys: KEYS });
  const body = JSON.stringify(toMessage(pipeline, options.object ?? FAILED_JOB, data));
  const stringValue = options.signature ?? (await SIGN(body))?.signature ?? "";
  const record = {
    ...toRecord("m1", body, { group: "g" }),
    messageAttributes: { [SIGNATURE_ATTRIBUTE]: { stringValue } },
  };
  expect(await world.normalizeBatch([record])).toEqual([{ outcome: "done" }]);
  return world;
}

async function verdictOf(world: World, queue: "remediations.fifo" | "alerts"): Promise<unknown> {
  const [entry] = world.queues.sentTo(queue);
  const stringValue = entry?.MessageAttributes?.[SIGNATURE_ATTRIBUTE]?.StringValue;
  const record = {
    body: entry?.MessageBody ?? "",
    messageAttributes: { [SIGNATURE_ATTRIBUTE]: { stringValue } },
  };
  return queue === "alerts" ? VERIFY_ALERT(record) : VERIFY_REQUEST(record);
}

test("a request of a signed change is signed; that of an unsigned or forged one is not, and carries no evidence", async () => {
  const pipeline = toPipeline(ACT);
  const signed = await normalize(pipeline);
  expect(await verdictOf(signed, "remediations.fifo")).toBe("signed");
  expect(signed.requests()[0]?.request.data.evidence).toBeDefined();
  const forged = await normalize(pipeline, {}, { signature: "0".repeat(64) });
  expect(await verdictOf(forged, "remediations.fifo")).toBe("unsigned");
  expect(forged.requests()[0]?.request.data.evidence).toBeUndefined();
  expect(forged.counts.get("UnsignedChange")).toBe(1);
});

test("alerts are signed", async () => {
  const pipeline = toPipeline({ ...RERUN, then: [RERUN.then[1]] });
  expect(await verdictOf(await normalize(pipeline), "alerts")).toBe("signed");
});

test.each([RERUN, ACT])(
  "the deletion of an object whose last state matches and was never sent is a request in the same episode",
  async (rule) => {
    const pipeline = toPipeline(rule);
    const [lived, vanished] = [await normalize(pipeline), await normalize(pipeline, VANISHED)];
    const request = vanished.requests()[0]?.request.data;
    expect(request?.record).toBe(lived.requests()[0]?.request.data.record);
    expect(request).toMatchObject({ change: { kind: "deleted", unsent: true } });
    expect(request?.evidence?.object).toMatchObject({ status: FAILED_JOB["status"] });
    expect(vanished.alerts()).toEqual([]);
  },
);

test("the deletion of an object whose last state was sent is decided on by that state: nothing is asked again", async () => {
  for (const rule of [RERUN, ACT]) {
    const world = await normalize(toPipeline(rule), { change: "deleted" });
    expect([world.requests(), world.alerts()]).toEqual([[], []]);
  }
});

test("a vanished object whose last state does not match causes nothing", async () => {
  const object = { ...FAILED_JOB, status: { conditions: [] } };
  const world = await normalize(toPipeline(ACT), VANISHED, { object });
  expect([world.requests(), world.alerts()]).toEqual([[], []]);
});

test("a vanished object is alerted on by a rule that only alerts", async () => {
  const pipeline = toPipeline({ ...RERUN, then: [RERUN.then[1]] });
  const world = await normalize(pipeline, VANISHED);
  expect(world.alerts().map(({ data }) => data.summary)).toEqual(["failed: backup-1"]);
});

test("a deletion that was found by comparing is only alerted on, with or without the last state", async () => {
  const pipeline = toPipeline(ACT);
  const known = await normalize(pipeline, { ...VANISHED, gap: true });
  expect(known.requests()).toEqual([]);
  expect(known.alerts()[0]?.data.problem?.code).toBe("TriggerGone");
  const { apiVersion, kind, metadata } = FAILED_JOB;
  const { name, namespace, uid } = metadata;
  const object = { apiVersion, kind, metadata: { name, namespace, uid } };
  const bare = await normalize(pipeline, { change: "deleted", gap: true }, { object });
  expect(bare.requests()).toEqual([]);
  expect(bare.alerts()[0]?.data.problem?.code).toBe("Unknown");
  const refusing = await normalize(toPipeline(RERUN), { change: "deleted", gap: true }, { object });
  expect([refusing.requests(), refusing.alerts()]).toEqual([[], []]);
});

test("evidence is what the rule reads, and what identifies the object and ends loops", async () => {
  const object = {
    ...FAILED_JOB,
    metadata: {
      ...FAILED_JOB.metadata,
      labels: { app: "backup" },
      annotations: { "kubemend.dev/depth": "2", note: "private" },
      managedFields: [{ manager: "x" }],
    },
    spec: { template: { spec: { containers: [{ env: [{ name: "TOKEN", value: "private" }] }] } } },
    status: { ...(FAILED_JOB["status"] as object), failed: 3 },
  };
  const world = await normalize(toPipeline(ACT), {}, { object });
  expect(world.requests()[0]?.request.data.evidence).toEqual({
    object: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        ...FAILED_JOB.metadata,
        labels: { app: "backup" },
        annotations: { "kubemend.dev/depth": "2" },
      },
      status: FAILED_JOB["status"],
    },
  });
});

test("evidence is the whole object if the rule uses it as a whole", async () => {
  const object = { ...FAILED_JOB, spec: { parallelism: 3 } };
  const pipeline = toPipeline({ ...ACT, where: "object != {}", once: "object" });
  const world = await normalize(pipeline, {}, { object });
  expect(world.requests()[0]?.request.data.evidence).toEqual({ object });
});

test("evidence over the limit is left out, and the request is sent without it", async () => {
  const ownerReferences = Array.from({ length: 40 }, (_, index) => ({
    apiVersion: "batch/v1",
    kind: "CronJob",
    name: `backup-${index}-${"x".repeat(EVIDENCE_MAX_BYTES / 40)}`,
    uid: `uid-${index}`,
  }));
  const object = { ...FAILED_JOB, metadata: { ...FAILED_JOB.metadata, ownerReferences } };
  const world = await normalize(toPipeline(ACT), VANISHED, { object });
  expect(world.requests()).toHaveLength(1);
  expect(world.requests()[0]?.request.data.evidence).toBeUndefined();
});

test("integers beyond 2^53 keep their digits in the evidence", async () => {
  const where = "object.spec.activeDeadlineSeconds > 0";
  const pipeline = toPipeline({ ...ACT, where, once: "object" });
  const text = JSON.stringify(
    toMessage(pipeline, { ...FAILED_JOB, spec: { activeDeadlineSeconds: 1 } }),
  ).replace('"activeDeadlineSeconds":1', '"activeDeadlineSeconds":9007199254740993');
  const world = createWorld({ pipeline, signingKeys: KEYS });
  const stringValue = (await SIGN(text))?.signature ?? "";
  const messageAttributes = { [SIGNATURE_ATTRIBUTE]: { stringValue } };
  await world.normalizeBatch([{ ...toRecord("m1", text, { group: "g" }), messageAttributes }]);
  const [entry] = world.queues.sentTo("remediations.fifo");
  expect(entry?.MessageBody).toContain('"activeDeadlineSeconds":9007199254740993');
});
