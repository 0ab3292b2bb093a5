import { beforeEach, describe, expect, it } from "vitest";
import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import { KubemendError } from "../../../core/errors.ts";
import type { RecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import { COMPACT_AFTER_MS, RETIRE_AFTER_MS } from "../../../core/records/plan-sweep.ts";
import { sweep, type SweepReport } from "../../../functions/sweep/sweep.ts";
import { toRecord } from "../../core/records/record.ts";

const NOW_MS = Date.parse("2026-06-01T12:00:00.000Z");
const UNREAD = { records: 0, woken: 0, compacted: 0, deleted: 0 };

let records: readonly RemediationRecord[];
let saved: (readonly [string, RecordStatus])[];
let removed: string[];
let woken: WakeupMessage[];
/** Paths that were read, and the uids of the objects that exist. */
let read: string[];
let uids: Readonly<Record<string, string>>;
/** Names of records that another writer has changed meanwhile. */
let lost: ReadonlySet<string>;

beforeEach(() => {
  records = [];
  saved = [];
  removed = [];
  woken = [];
  read = [];
  uids = {};
  lost = new Set();
});

const store: RecordStore = {
  obtain: () => Promise.reject(new Error("the sweep creates no record")),
  read: () => Promise.reject(new Error("the sweep reads no single record")),
  list: () => Promise.resolve(records),
  remove: (record) => {
    const { name } = record.metadata;
    if (lost.has(name)) return Promise.resolve(false);
    removed.push(name);
    return Promise.resolve(true);
  },
  saveStatus: (record, status) => {
    const { name } = record.metadata;
    if (lost.has(name)) return Promise.resolve({ outcome: "lost", message: "conflict" });
    saved.push([name, status]);
    return Promise.resolve({ outcome: "saved", record: { ...record, status } });
  },
};

function run(): Promise<SweepReport> {
  const deps = {
    client: {
      request: ({ path }: { readonly path: string }) => {
        read.push(path);
        const uid = uids[path];
        if (uid !== undefined) return Promise.resolve({ metadata: { name: "backup-1", uid } });
        const notFound = new KubemendError("NotFound", "no", { retryable: false, status: 404 });
        return Promise.reject(notFound);
      },
    },
    records: store,
    sendWakeup: (wakeup: WakeupMessage) => {
      woken.push(wakeup);
      return Promise.resolve();
    },
    now: () => NOW_MS,
  };
  return sweep(deps as unknown as Parameters<typeof sweep>[0], AbortSignal.timeout(10_000));
}

function at(agoMs: number): string {
  return new Date(NOW_MS - agoMs).toISOString();
}

/** A record of this name that was created so long ago. */
function record(
  name: string,
  createdAgoMs: number,
  status?: RecordStatus,
  spec: Partial<RemediationRecord["spec"]> = {},
): RemediationRecord {
  const whole = toRecord(status);
  return {
    ...whole,
    metadata: { ...whole.metadata, name, creationTimestamp: at(createdAgoMs) },
    spec: { ...whole.spec, ...spec },
  };
}

const MINUTE_MS = 60_000;

describe("a sweep", () => {
  it("does nothing without records", async () => {
    expect(await run()).toEqual(UNREAD);
  });

  it("wakes a record whose wake-up was lost, with its own name and the time of now", async () => {
    records = [record("a", 4 * MINUTE_MS), record("b", MINUTE_MS / 2)];
    expect(await run()).toEqual({ ...UNREAD, records: 2, woken: 1 });
    expect(woken).toMatchObject([
      {
        subject: "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations/a",
        time: at(0),
        data: { due: at(0), record: { name: "a", namespace: "kubemend", uid: "record-uid" } },
      },
    ]);
  });

  it("takes plan and steps out of an old record, and counts only what was saved", async () => {
    const status: RecordStatus = {
      phase: "Succeeded",
      endedAt: at(COMPACT_AFTER_MS),
      message: "created Job a",
      steps: [],
    };
    records = [record("a", COMPACT_AFTER_MS, status), record("b", COMPACT_AFTER_MS, status)];
    lost = new Set(["b"]);
    expect(await run()).toEqual({ ...UNREAD, records: 2, compacted: 1 });
    const { steps: _steps, ...outcome } = status;
    expect(saved).toEqual([["a", outcome]]);
    expect(removed).toEqual([]);
  });
});

describe("a record whose time is over", () => {
  const ended: RecordStatus = { phase: "Succeeded", endedAt: at(RETIRE_AFTER_MS) };
  const old = record("a", RETIRE_AFTER_MS, ended);
  const { trigger } = old.spec;
  const path = `/apis/${trigger.group}/${trigger.version}/namespaces/${trigger.namespace}/${trigger.resource}/${trigger.name}`;

  it("is deleted if its object no longer exists", async () => {
    records = [old];
    expect(await run()).toEqual({ ...UNREAD, records: 1, deleted: 1 });
    expect(read).toEqual([path]);
    expect(removed).toEqual(["a"]);
  });

  it("is deleted if another object has the name now", async () => {
    uids = { [path]: "another" };
    records = [old];
    expect((await run()).deleted).toBe(1);
  });

  it("stays while its object exists: the same episode must not run again", async () => {
    uids = { [path]: trigger.uid };
    records = [old];
    expect(await run()).toEqual({ ...UNREAD, records: 1 });
    expect(removed).toEqual([]);
  });

  it("is deleted without a look at its object if a later episode of rule and object has a record", async () => {
    uids = { [path]: trigger.uid };
    const fresh = record("b", MINUTE_MS, { phase: "Succeeded", endedAt: at(0) }, { onceKey: "2" });
    records = [old, fresh];
    expect((await run()).deleted).toBe(1);
    expect(removed).toEqual(["a"]);
    expect(read).toEqual([]);
  });

  it("is not superseded by a record of another rule or of another object", async () => {
    uids = { [path]: trigger.uid };
    const status: RecordStatus = { phase: "Succeeded", endedAt: at(0) };
    records = [
      old,
      record("b", MINUTE_MS, status, { onceKey: "2", rule: { id: "other", digest: "d" } }),
      record("c", MINUTE_MS, status, { onceKey: "2", trigger: { ...trigger, uid: "other" } }),
    ];
    expect((await run()).deleted).toBe(0);
  });

  it("counts as deleted only if nobody else has changed it", async () => {
    records = [old];
    lost = new Set(["a"]);
    expect((await run()).deleted).toBe(0);
  });
});
