import { describe, expect, it } from "vitest";
import { toRecordName } from "../../../events/ids.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { KubemendError, type ErrorCode } from "../../../core/errors.ts";
import { parsePipeline } from "../../../core/rules/parse-pipeline.ts";
import { processMessage, type ProcessDeps } from "../../../functions/remediate/process-message.ts";
import { toRecord } from "../../core/records/record.ts";

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
  data: { ...data, record: NAME, pipeline: "p" },
};

const parsed = parsePipeline({
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "test" },
  watch: [{ resource: "pods" }],
});

function unasked(): never {
  throw new Error("not to be asked");
}

/** Deps whose record store answers `obtain` like this; nothing else is to be asked. */
function toDeps(obtain: () => RemediationRecord, clusterUid = "cluster-uid"): ProcessDeps {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return {
    client: { server: "", request: unasked, stream: unasked, close: unasked },
    records: { obtain: async () => obtain(), saveStatus: unasked },
    discovery: { catalog: unasked, refresh: unasked },
    pipeline: parsed.value,
    clusterUid: async () => clusterUid,
    sendAlert: unasked,
    now: () => NOW_MS,
    onEnded: unasked,
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
  const unreached = toDeps(unasked);

  it.each([
    ["no JSON", "{"],
    ["another message", { ...REQUEST, type: "dev.kubemend.alert" }],
    [
      "an approval that this contract does not have",
      { ...REQUEST, data: { ...REQUEST.data, mode: "approval" } },
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

  it("about another cluster is poison, as a deletion there would be taken for one here", async () => {
    const deps = toDeps(() => toRecord(), "other-uid");
    expect(await deliver(REQUEST, deps)).toMatchObject({ outcome: "poison", code: "WrongCluster" });
  });

  it("is acknowledged where its record has ended", async () => {
    const deps = toDeps(() => toRecord({ phase: "Refused" }));
    expect(await deliver(REQUEST, deps)).toEqual({ outcome: "done" });
  });

  it("comes again when another's claim is over", async () => {
    const holdUntil = "2026-03-01T10:00:10.200Z";
    const deps = toDeps(() => toRecord({ phase: "Running", holder: "other", holdUntil }));
    expect(await deliver(REQUEST, deps)).toMatchObject({
      outcome: "retry",
      code: "Held",
      delaySeconds: 12,
    });
  });

  it("comes again where its record waits for what this version does not know", async () => {
    const deps = toDeps(() => toRecord({ phase: "AwaitingApproval" }));
    expect(await deliver(REQUEST, deps)).toMatchObject({ outcome: "retry", code: "Parked" });
  });

  it.each([
    ["TooManyRequests", true, 7000, 7],
    ["Unavailable", true, undefined, undefined],
    ["Unreachable", true, undefined, undefined],
    ["Unauthorized", false, undefined, undefined],
    ["Forbidden", false, undefined, undefined],
    ["NotFound", false, undefined, undefined],
    ["InvalidConfiguration", false, undefined, undefined],
  ] as const)(
    "comes again where the record cannot be made: %s",
    async (code, retryable, retryAfterMs, delaySeconds) => {
      const verdict = await deliver(REQUEST, toDeps(failing(code, retryable, retryAfterMs)));
      expect(verdict).toMatchObject({ outcome: "retry", code, reason: `it is ${code}` });
      expect("delaySeconds" in verdict ? verdict.delaySeconds : undefined).toBe(delaySeconds);
    },
  );

  it("is poison where its record is refused for what it says", async () => {
    expect(await deliver(REQUEST, toDeps(failing("Invalid", false)))).toEqual({
      outcome: "poison",
      code: "Invalid",
      reason: "it is Invalid",
    });
  });

  it("comes again after a failure that nobody knows", async () => {
    const deps = toDeps(() => {
      throw new TypeError("x is not a function");
    });
    expect(await deliver(REQUEST, deps)).toMatchObject({ outcome: "retry", code: "Internal" });
  });
});
