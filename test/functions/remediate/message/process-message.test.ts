import { describe, expect, it } from "vitest";
import { toRecordName } from "../../../../events/ids.ts";
import type { RemediationRecord } from "../../../../events/remediation.ts";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";
import { toDelaySeconds, toWakeup } from "../../../../core/records/messages/wakeup.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { createCatalog } from "../../../../core/references/create-catalog.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import type { WakeupMessage } from "../../../../events/wakeup.ts";
import { processMessage } from "../../../../functions/remediate/message/process-message.ts";
import { processWakeup } from "../../../../functions/remediate/message/process-wakeup.ts";
import type { ProcessDeps } from "../../../../functions/remediate/message/settle.ts";
import { toRecord } from "../../../core/records/record.ts";

const NOW_MS = Date.parse("2026-03-01T10:00:00.000Z");
const RUN = { holder: "me", deadlineMs: NOW_MS + 1000, signal: new AbortController().signal };
const { spec } = toRecord();
const NAME = toRecordName({
  clusterUid: spec.cluster.uid,
  ruleId: spec.rule.id,
  objectUid: spec.trigger.uid,
  onceKey: spec.onceKey,
  mode: spec.mode,
});

const parsed = parsePipeline({
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "test" },
  rules: [{ id: "rerun", on: { resource: "jobs.batch" }, then: [{ createJobFromCronJob: {} }] }],
});
const PIPELINE = parsed.ok ? parsed.value : unexpected();
const DIGEST = PIPELINE.rules[0]?.digest ?? "";

const { traceparent, ...data } = spec;
const REQUEST = {
  specversion: "1.0",
  id: NAME,
  source: "/clusters/cluster-uid/rules/rerun",
  type: "dev.kubemend.remediation.requested",
  subject: "/apis/batch/v1/namespaces/data/jobs/backup-1",
  time: "2026-03-01T10:00:00.000Z",
  dataschema: "urn:kubemend:request:1",
  traceparent,
  data: { ...data, rule: { id: "rerun", digest: DIGEST }, record: NAME, pipeline: "p" },
};

/** The trigger, as the cluster shows it. */
const JOB = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "backup-1", namespace: "data", uid: spec.trigger.uid, resourceVersion: "7" },
};

function unexpected(): never {
  throw new Error("must not be called");
}

const RECORDS = {
  obtain: unexpected,
  read: unexpected,
  list: unexpected,
  remove: unexpected,
  saveStatus: unexpected,
};

/** Deps whose cluster shows the trigger, and whose record store answers `obtain` like this; nothing else may be called. */
function toDeps(obtain: () => RemediationRecord, clusterUid = "cluster-uid"): ProcessDeps {
  const catalog = createCatalog(builtinCatalog().entries, "discovery");
  return {
    client: {
      server: "",
      request: async <T>() => JOB as T,
      stream: unexpected,
      close: unexpected,
    },
    records: { ...RECORDS, obtain: async () => obtain() },
    discovery: { catalog: async () => catalog, refresh: unexpected },
    pipeline: PIPELINE,
    clusterUid: async () => clusterUid,
    sendAlert: unexpected,
    sendWakeup: unexpected,
    now: () => NOW_MS,
    onEnded: unexpected,
    emitOutcome: unexpected,
  };
}

function failing(code: ErrorCode, retryable: boolean, retryAfterMs?: number): () => never {
  return () => {
    throw new KubemendError(code, `it is ${code}`, { retryable, retryAfterMs });
  };
}

const deliver = (body: unknown, deps: ProcessDeps) =>
  processMessage(typeof body === "string" ? body : JSON.stringify(body), deps, RUN);

describe("a message of remediations.fifo", () => {
  const unreached = toDeps(unexpected);

  it.each([
    ["text that is not JSON", "{"],
    ["another message", { ...REQUEST, type: "dev.kubemend.alert" }],
    [
      "a mode that this contract does not have",
      { ...REQUEST, data: { ...REQUEST.data, mode: "force" } },
    ],
    [
      "a record that is not the name of its episode",
      { ...REQUEST, data: { ...REQUEST.data, record: `other-${"0".repeat(20)}` } },
    ],
    [
      "another object under an episode's name",
      { ...REQUEST, data: { ...REQUEST.data, trigger: { ...data.trigger, uid: "other" } } },
    ],
  ])("is poison with %s", async (_what, body) => {
    expect(await deliver(body, unreached)).toMatchObject({
      outcome: "poison",
      code: "MalformedMessage",
    });
  });

  it("of a newer contract waits for the upgrade", async () => {
    const newer = { ...REQUEST, dataschema: "urn:kubemend:request:2" };
    expect(await deliver(newer, unreached)).toMatchObject({
      outcome: "retry",
      code: "NewerContract",
    });
  });

  it("about another cluster is poison, because a deletion there would be mistaken for one here", async () => {
    const deps = toDeps(() => toRecord(), "other-uid");
    expect(await deliver(REQUEST, deps)).toMatchObject({
      outcome: "poison",
      code: "ForeignCluster",
    });
  });

  it("is acknowledged if its record has ended", async () => {
    const deps = toDeps(() => toRecord({ phase: "Refused" }));
    expect(await deliver(REQUEST, deps)).toEqual({ outcome: "done" });
  });

  it("that is received again emits the end of its record once more, because the run that ended it may have died before", async () => {
    const record = toRecord({ phase: "Succeeded" });
    const emitted: string[] = [];
    const deps = {
      ...toDeps(() => record),
      emitOutcome: async ({ metadata }: RemediationRecord) => void emitted.push(metadata.uid),
    };
    const again = { ...RUN, isRepeated: true };
    expect(await processMessage(JSON.stringify(REQUEST), deps, again)).toEqual({ outcome: "done" });
    expect(emitted).toEqual(["record-uid"]);
    const away = { ...deps, emitOutcome: failing("Unavailable", true) };
    expect(await processMessage(JSON.stringify(REQUEST), away, again)).toMatchObject({
      outcome: "retry",
      code: "Unavailable",
    });
  });

  it("whose record somebody else has just written is continued later, and its group is not blocked", async () => {
    const sent: WakeupMessage[] = [];
    const record = toRecord({
      phase: "Waiting",
      wakeAt: "2026-03-01T09:00:00.000Z",
      reason: "For",
    });
    const saveStatus = async () => ({ outcome: "lost", message: "conflict" }) as const;
    const base = toDeps(() => record);
    const deps = {
      ...base,
      records: { ...base.records, saveStatus },
      sendWakeup: async (w: WakeupMessage) => void sent.push(w),
    };
    expect(await deliver(REQUEST, deps)).toEqual({ outcome: "done" });
    expect(sent.map(({ data: { due } }) => due)).toEqual(["2026-03-01T10:00:05.000Z"]);
  });

  it("is acknowledged with a wake-up for the end of another's claim", async () => {
    const holdUntil = "2026-03-01T10:00:10.200Z";
    const sent: WakeupMessage[] = [];
    const record = toRecord({ phase: "Running", holder: "other", holdUntil });
    const deps = {
      ...toDeps(() => record),
      sendWakeup: async (w: WakeupMessage) => void sent.push(w),
    };
    expect(await deliver(REQUEST, deps)).toEqual({ outcome: "done" });
    expect(sent).toMatchObject([
      {
        subject: `/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations/${record.metadata.name}`,
        traceparent,
        data: { due: holdUntil, record: { name: record.metadata.name, uid: "record-uid" } },
      },
    ]);
  });

  it("is retried if its wake-up could not be sent, also when it is delivered again", async () => {
    const record = toRecord({ phase: "Waiting", wakeAt: "2026-03-01T11:00:00.000Z" });
    const sendWakeup = failing("QueueUnreachable", true);
    const deps = { ...toDeps(() => record), sendWakeup };
    const again = { ...RUN, isRepeated: true };
    expect(await processMessage(JSON.stringify(REQUEST), deps, again)).toMatchObject({
      outcome: "retry",
      code: "QueueUnreachable",
    });
  });

  it.each([
    ["TooManyRequests", true, 7000, 7],
    ["Unavailable", true, undefined, undefined],
    ["Unreachable", true, undefined, undefined],
    ["Unauthorized", false, undefined, 60],
    ["Forbidden", false, undefined, 60],
    ["NotFound", false, undefined, 60],
    ["InvalidConfiguration", false, undefined, 60],
  ] as const)(
    "is retried if the record cannot be created: %s",
    async (code, retryable, retryAfterMs, atLeastSeconds) => {
      const verdict = await deliver(REQUEST, toDeps(failing(code, retryable, retryAfterMs)));
      expect(verdict).toMatchObject({ outcome: "retry", code, reason: `it is ${code}` });
      expect(verdict).not.toHaveProperty("delaySeconds");
      expect("atLeastSeconds" in verdict ? verdict.atLeastSeconds : undefined).toBe(atLeastSeconds);
    },
  );

  it("is poison if its record is refused as invalid", async () => {
    expect(await deliver(REQUEST, toDeps(failing("Invalid", false)))).toEqual({
      outcome: "poison",
      code: "Invalid",
      reason: "it is Invalid",
    });
  });

  it("is retried after an unknown failure", async () => {
    const deps = toDeps(() => {
      throw new TypeError("x is not a function");
    });
    expect(await deliver(REQUEST, deps)).toMatchObject({ outcome: "retry", code: "Internal" });
  });
});

describe("a message of wakeups", () => {
  const due = "2026-03-01T10:30:00.000Z";
  const wakeup = toWakeup({
    record: toRecord(),
    subject: "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations/rerun-x",
    due,
    now: "2026-03-01T10:00:00.000Z",
  });
  const wake = (message: unknown, deps: ProcessDeps) =>
    processWakeup(JSON.stringify(message), deps, RUN);

  it("that arrives early is sent again, because a queue delays it by 15 minutes at most", async () => {
    const sent: WakeupMessage[] = [];
    const waiting = toRecord({ phase: "Waiting", wakeAt: due });
    const deps = {
      ...toDeps(unexpected),
      records: { ...RECORDS, read: async () => waiting },
      sendWakeup: async (w: WakeupMessage) => void sent.push(w),
    };
    expect(await wake(wakeup, deps)).toEqual({ outcome: "done" });
    expect(sent).toEqual([wakeup]);
    expect(toDelaySeconds(wakeup, NOW_MS)).toBe(900);
    expect(toDelaySeconds(wakeup, Date.parse(due) - 1_500)).toBe(2);
    expect(toDelaySeconds(wakeup, Date.parse(due) + 1)).toBe(0);
  });

  it.each([
    ["gone", undefined],
    [
      "a different one of its name",
      { ...toRecord(), metadata: { ...toRecord().metadata, uid: "other" } },
    ],
    ["over", toRecord({ phase: "Succeeded" })],
  ])("is acknowledged if its record is %s", async (_what, record) => {
    const records = { ...RECORDS, read: async () => record };
    const deps = { ...toDeps(unexpected), records, now: () => Date.parse(due) };
    expect(await wake(wakeup, deps)).toEqual({ outcome: "done" });
  });

  it("about another cluster is poison", async () => {
    const deps = { ...toDeps(unexpected, "other-uid"), now: () => Date.parse(due) };
    expect(await wake(wakeup, deps)).toMatchObject({ outcome: "poison", code: "ForeignCluster" });
  });

  it("about a group of alerts of another cluster is poison, and the group is not checked", async () => {
    const deps = { ...toDeps(unexpected, "other-uid"), checkGroup: unexpected };
    const ofGroup = { ...wakeup, data: { ...wakeup.data, group: {} } };
    expect(await wake(ofGroup, deps)).toMatchObject({ outcome: "poison", code: "ForeignCluster" });
  });

  it("about a group that cannot be checked now is tried again", async () => {
    const checkGroup = failing("Unavailable", true);
    const ofGroup = { ...wakeup, data: { ...wakeup.data, group: {} } };
    const verdict = await wake(ofGroup, { ...toDeps(unexpected), checkGroup });
    expect(verdict).toMatchObject({ outcome: "retry", code: "Unavailable" });
  });

  it("that is not a wake-up is poison, and one of a newer contract waits for the upgrade", async () => {
    expect(await wake(REQUEST, toDeps(unexpected))).toMatchObject({ outcome: "poison" });
    const newer = { ...wakeup, dataschema: "urn:kubemend:wakeup:2" };
    expect(await wake(newer, toDeps(unexpected))).toMatchObject({
      outcome: "retry",
      code: "NewerContract",
    });
  });
});
