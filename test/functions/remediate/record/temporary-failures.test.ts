/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { AlertMessage } from "../../../../events/alert.ts";
import type { RecordStatus, RemediationRecord } from "../../../../events/remediation.ts";
import { KubemendError, type ErrorCode } from "../../../../core/errors.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import { advance } from "../../../../functions/remediate/record/advance.ts";
import type { RemediationResult } from "../../../../functions/remediate/record/run.ts";
import { toRecord } from "../../../core/records/record.ts";

const START_MS = Date.parse("2026-03-01T10:00:00.000Z");
const HOUR_MS = 3_600_000;

const parsed = parsePipeline({
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "test" },
  rules: [
    {
      id: "rerun",
      on: { resource: "jobs.batch" },
      giveUpAfter: "10m",
      then: [
        { createJobFromCronJob: {} },
        { alert: { to: "team", summary: "'failed: ' + object.metadata.name" } },
      ],
    },
  ],
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
const pipeline = parsed.value;

const unexpected = (): never => {
  throw new Error("not expected");
};

/** A record of the rule, in a cluster where reading fails like this, until `mend` is called. */
function createWorld(error: () => unknown) {
  const alerts: AlertMessage[] = [];
  const saved: RecordStatus[] = [];
  const { spec, ...rest } = toRecord();
  const rule = { id: "rerun", digest: pipeline.rules[0]?.digest ?? "" };
  let record: RemediationRecord = { ...rest, spec: { ...spec, rule } };
  let nowMs = START_MS;
  let saveError: unknown;
  let refusals = 0;
  const fail = async (): Promise<never> => {
    throw error();
  };
  const deps = {
    client: { server: "", request: fail, stream: fail, close: async () => {} },
    records: {
      obtain: unexpected,
      read: unexpected,
      list: unexpected,
      remove: unexpected,
      saveStatus: async (of: RemediationRecord, status: RecordStatus) => {
        if (refusals > 0) {
          refusals -= 1;
          throw saveError;
        }
        saved.push(status);
        record = { ...of, status };
        return { outcome: "saved", record } as const;
      },
    },
    discovery: { catalog: fail, refresh: fail },
    pipeline,
    clusterUid: unexpected,
    sendAlert: async (message: AlertMessage) => void alerts.push(message),
    now: () => nowMs,
  };
  let runs = 0;
  return {
    alerts,
    saved,
    status: () => record.status,
    set: (status: RecordStatus) => void (record = { ...record, status }),
    setRule(id: string): void {
      record = { ...record, spec: { ...record.spec, rule: { ...record.spec.rule, id } } };
    },
    /** The next saves fail with this error; default: all of them. */
    refuseSaves(error_: unknown, count = Infinity): void {
      saveError = error_;
      refusals = count;
    },
    pass: (ms: number) => void (nowMs += ms),
    now: () => nowMs,
    advance(signal = new AbortController().signal): Promise<RemediationResult> {
      runs += 1;
      return advance(record, deps, { holder: `run-${runs}`, deadlineMs: nowMs + 1000, signal });
    },
  };
}

const failing = (code: ErrorCode, retryable: boolean) => () =>
  new KubemendError(code, `it is ${code}`, { retryable });

describe("a record whose attempt fails", () => {
  it.each<[string, () => unknown, string]>([
    ["a webhook that is away", failing("Unavailable", true), "Unavailable"],
    ["a full quota", failing("QuotaExceeded", true), "QuotaExceeded"],
    ["too many requests", failing("TooManyRequests", true), "TooManyRequests"],
    ["a conflict", failing("Conflict", true), "Conflict"],
    ["a time-out", failing("Timeout", true), "Timeout"],
    ["a missing permission", failing("Forbidden", false), "Forbidden"],
    ["refused credentials", failing("Unauthorized", false), "Unauthorized"],
    [
      "credentials that are not there",
      failing("InvalidConfiguration", false),
      "InvalidConfiguration",
    ],
    ["an exception that nobody foresaw", () => new TypeError("x is not a function"), "Internal"],
  ])("waits in its status, and its message is done: %s", async (_what, error, code) => {
    const world = createWorld(error);
    const until = new Date(START_MS + 5_000).toISOString();
    expect(await world.advance()).toMatchObject({ outcome: "waiting", until });
    expect(world.status()).toMatchObject({
      phase: "Waiting",
      reason: "Retrying",
      cause: { code },
      attempts: 1,
      wakeAt: until,
    });
    expect(world.status()).not.toHaveProperty("holder");
  });

  it("ends after the rule's giveUpAfter, from the first failure on, with the cause and the rule's alerts", async () => {
    const world = createWorld(failing("Forbidden", false));
    let result = await world.advance();
    while (result.outcome === "waiting") {
      world.pass(Date.parse(result.until) - world.now());
      result = await world.advance();
    }
    expect(world.now() - START_MS).toBe(10 * 60_000);
    expect(result).toMatchObject({ outcome: "ended", record: { status: { phase: "Failed" } } });
    expect(world.status()).toMatchObject({
      reason: "Forbidden",
      message: expect.stringMatching(/^it is Forbidden \(gave up after \d+ attempts in 10m\)$/),
    });
    expect(world.alerts.map(({ data }) => data)).toMatchObject([
      { to: "team", problem: { code: "Forbidden" } },
    ]);
  });

  it("gets one more attempt however late it wakes", async () => {
    const world = createWorld(failing("Unavailable", true));
    world.set({ phase: "Waiting", reason: "Retrying", attempts: 3, wakeAt: at(-HOUR_MS) });
    expect((await world.advance()).outcome).toBe("waiting");
    expect(world.status()?.attempts).toBe(4);
  });

  it("is ended at once by what the API server refuses for good", async () => {
    const world = createWorld(failing("Invalid", false));
    expect(await world.advance()).toMatchObject({
      outcome: "ended",
      record: { status: { phase: "Failed", reason: "Invalid" } },
    });
    expect(world.alerts).toHaveLength(1);
  });

  it("leaves its message to the queue only if the record cannot be saved", async () => {
    const world = createWorld(failing("Unavailable", true));
    world.refuseSaves(new KubemendError("Unreachable", "no way", { retryable: true }));
    await expect(world.advance()).rejects.toMatchObject({ code: "Unavailable" });
    expect(world.saved).toEqual([]);
  });

  it("whose save had no answer is not saved again, because somebody else may have written it since", async () => {
    const world = createWorld(failing("Invalid", false));
    world.refuseSaves(new KubemendError("Unreachable", "no way", { retryable: true }), 1);
    await expect(world.advance()).rejects.toMatchObject({ code: "Unreachable" });
    expect(world.saved).toEqual([]);
  });

  it("ends without what could not be saved, if the API server refuses that for good, and its alerts are sent all the same", async () => {
    const world = createWorld(failing("Forbidden", false));
    world.set({ phase: "Waiting", attempts: 9, failingSince: at(-HOUR_MS), wakeAt: at(-1) });
    world.refuseSaves(new KubemendError("Invalid", "too large", { retryable: false }), 1);
    expect(await world.advance()).toMatchObject({
      outcome: "ended",
      record: { status: { phase: "Failed", reason: "Invalid", message: "too large" } },
    });
    expect(world.status()).not.toHaveProperty("plan");
    expect(world.alerts).toMatchObject([
      { data: { to: "team", problem: { code: "Invalid", message: "too large" } } },
    ]);
  });

  it("is saved even if the run's own time is over", async () => {
    const stop = new AbortController();
    const world = createWorld(() => {
      stop.abort();
      return new KubemendError("Timeout", "the function stopped", { retryable: true });
    });
    expect((await world.advance(stop.signal)).outcome).toBe("waiting");
    expect(world.status()).toMatchObject({ reason: "Retrying", cause: { code: "Timeout" } });
  });
});

describe("a record whose runs die", () => {
  const died = (since: number): RecordStatus => ({
    phase: "Running",
    holder: "dead",
    holdUntil: at(-1),
    attempts: 4,
    failingSince: at(since),
  });

  it("is not tried again after giveUpAfter: its alerts report it", async () => {
    const world = createWorld(failing("Unavailable", true));
    world.set(died(-HOUR_MS));
    expect((await world.advance()).outcome).toBe("ended");
    expect(world.status()).toMatchObject({ phase: "Failed", reason: "Interrupted" });
    expect(world.alerts).toHaveLength(1);
  });

  it("ends without alerts if its rule is gone, too", async () => {
    const world = createWorld(failing("Unavailable", true));
    world.set({ ...died(-48 * HOUR_MS), phase: "Running" });
    world.setRule("removed");
    expect((await world.advance()).outcome).toBe("ended");
    expect(world.status()).toMatchObject({ phase: "Failed", reason: "Interrupted" });
    expect(world.alerts).toEqual([]);
  });

  it("is taken over until then", async () => {
    const world = createWorld(failing("Unavailable", true));
    world.set(died(-60_000));
    expect((await world.advance()).outcome).toBe("waiting");
    expect(world.status()).toMatchObject({ cause: { code: "Unavailable" }, attempts: 6 });
  });
});

function at(ms: number): string {
  return new Date(START_MS + ms).toISOString();
}
