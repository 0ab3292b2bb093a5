import { beforeEach, describe, expect, it } from "vitest";
import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import { KubemendError } from "../../../core/errors.ts";
import type { ListSelection } from "../../../adapters/kubernetes/api/list-pages.ts";
import type { RecordPage } from "../../../adapters/kubernetes/remediation/record-pages.ts";
import { COMPACT_AFTER_MS, RETIRE_AFTER_MS } from "../../../core/records/plan-sweep.ts";
import { isEnded } from "../../../core/records/phase.ts";
import { SHARDS, toShard } from "../../../core/records/select-records.ts";
import { sweep, type SweepState } from "../../../functions/sweep/sweep.ts";
import type { SweepReport } from "../../../functions/sweep/tally.ts";
import { toRecord } from "../../core/records/record.ts";

const NOW_MS = Date.parse("2026-06-01T12:00:00.000Z");
const UNREAD = { records: 0, woken: 0, compacted: 0, deleted: 0, left: 0, problems: [] };

let records: readonly RemediationRecord[];
let saved: (readonly [string, RecordStatus])[];
let removed: string[];
let woken: WakeupMessage[];
/** Paths that were read, and the uids of the objects that exist. */
let read: string[];
let uids: Readonly<Record<string, string>>;
/** Names of records that another writer has changed meanwhile. */
let lost: ReadonlySet<string>;
/** Names of records whose status cannot be saved. */
let broken: ReadonlySet<string>;
let unreadable: readonly string[];
let selections: ListSelection[];
let pageSize: number;
/** How long a page takes. */
let pageMs: number;
let nowMs: number;
let areFieldsSelectable: boolean;

beforeEach(() => {
  records = [];
  saved = [];
  removed = [];
  woken = [];
  read = [];
  uids = {};
  lost = new Set();
  broken = new Set();
  unreadable = [];
  selections = [];
  pageSize = 500;
  pageMs = 0;
  nowMs = NOW_MS;
  areFieldsSelectable = true;
});

const store = {
  remove: (one: RemediationRecord) => {
    const { name } = one.metadata;
    if (lost.has(name)) return Promise.resolve(false);
    removed.push(name);
    return Promise.resolve(true);
  },
  saveStatus: (one: RemediationRecord, status: RecordStatus) => {
    const { name } = one.metadata;
    if (broken.has(name)) return Promise.reject(new TypeError("x is not a function"));
    if (lost.has(name)) return Promise.resolve({ outcome: "lost", message: "conflict" });
    saved.push([name, status]);
    return Promise.resolve({ outcome: "saved", record: { ...one, status } });
  },
};

/** Pages as the API server makes them; a token is the number of the first record. */
async function* pages(selection: ListSelection): AsyncGenerator<RecordPage> {
  selections.push(selection);
  const { labelSelector, fieldSelector, limit = pageSize } = selection;
  if (fieldSelector !== undefined && !areFieldsSelectable) {
    throw new KubemendError("Invalid", "field label not supported", {
      retryable: false,
      status: 400,
    });
  }
  const selected = records
    .filter(({ status }) => fieldSelector === undefined || !isEnded(status?.phase ?? "Pending"))
    .filter((one) => labelSelector === undefined || matches(one, labelSelector));
  for (let from = Number(selection.continue ?? 0); ; from += limit) {
    const remaining = selected.length - from - limit;
    yield {
      records: selected.slice(from, from + limit),
      unreadable: from === 0 ? unreadable : [],
      ...(labelSelector === undefined && fieldSelector === undefined && remaining > 0
        ? { remaining }
        : {}),
      next: remaining > 0 ? String(from + limit) : undefined,
    };
    nowMs += pageMs;
    if (remaining <= 0) return;
  }
}

function matches(one: RemediationRecord, selector: string): boolean {
  return selector.startsWith("!") ? false : selector === `kubemend.dev/shard=${toShard(one.spec)}`;
}

function run(state: SweepState = {}): Promise<SweepReport> {
  const deps = {
    client: {
      request: ({ path }: { readonly path: string }) => {
        read.push(path);
        if (path.includes("forbidden")) {
          const no = new KubemendError("Forbidden", "may not get", { retryable: false });
          return Promise.reject(no);
        }
        const uid = uids[path];
        if (uid !== undefined) return Promise.resolve({ metadata: { name: "backup-1", uid } });
        const notFound = new KubemendError("NotFound", "no", { retryable: false, status: 404 });
        return Promise.reject(notFound);
      },
    },
    records: store,
    pages,
    sendWakeup: (wakeup: WakeupMessage) => {
      woken.push(wakeup);
      return Promise.resolve();
    },
    now: () => nowMs,
  };
  const signal = AbortSignal.timeout(10_000);
  const options = { deadlineMs: nowMs + 50_000, signal };
  return sweep(deps as unknown as Parameters<typeof sweep>[0], state, options);
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

describe("the record of a mirror", () => {
  it("whose time is over is deleted without reading its object, which the sweep may not read", async () => {
    const ended: RecordStatus = { phase: "Failed", endedAt: at(RETIRE_AFTER_MS) };
    records = [record("a", RETIRE_AFTER_MS, ended, { onceKey: "mirror/backup" })];
    expect((await run()).deleted).toBe(1);
    expect(read).toEqual([]);
  });

  it("is woken never: nothing is carried out for it", async () => {
    records = [record("a", 4 * MINUTE_MS, undefined, { onceKey: "mirror/backup" })];
    expect((await run()).woken).toBe(0);
    expect(woken).toEqual([]);
  });
});

describe("a record that cannot be read or judged", () => {
  const ended: RecordStatus = { phase: "Succeeded", endedAt: at(RETIRE_AFTER_MS) };

  it("is left, counted and named, and those after it are cared for: its resource may not be read any more", async () => {
    const old = record("a", RETIRE_AFTER_MS, ended);
    const trigger = { ...old.spec.trigger, name: "forbidden", uid: "other" };
    records = [record("a", RETIRE_AFTER_MS, ended, { trigger }), old, record("c", 4 * MINUTE_MS)];
    const report = await run();
    expect(report).toMatchObject({ records: 3, deleted: 1, woken: 1, left: 1 });
    expect(report.problems).toEqual(["a: may not get"]);
  });

  it("is left: an exception, or a body of another version", async () => {
    const long: RecordStatus = { phase: "Failed", endedAt: at(COMPACT_AFTER_MS), steps: [] };
    records = [record("a", COMPACT_AFTER_MS, long), record("b", COMPACT_AFTER_MS, long)];
    broken = new Set(["a"]);
    unreadable = ["z"];
    const report = await run();
    expect(report).toMatchObject({ compacted: 1, left: 2 });
    expect(report.problems).toEqual(["z: it cannot be read", "a: x is not a function"]);
  });
});

describe("with more records than one run can read", () => {
  const ended: RecordStatus = { phase: "Failed", endedAt: at(RETIRE_AFTER_MS) };
  const toMany = (count: number, of: RecordStatus | undefined): RemediationRecord[] =>
    Array.from({ length: count }, (_, index) => {
      const base = record(`r${index}`, RETIRE_AFTER_MS, of);
      const trigger = { ...base.spec.trigger, uid: `uid-${index}`, name: `job-${index}` };
      return { ...base, spec: { ...base.spec, trigger } };
    });

  it("each run wakes all that are due, and the runs of an hour tidy all others once", async () => {
    records = [...toMany(6_000, ended), record("due", 4 * MINUTE_MS)];
    const state: SweepState = {};
    let most = 0;
    for (let minute = 0; minute <= SHARDS; minute += 1) {
      nowMs = NOW_MS + minute * MINUTE_MS;
      most = Math.max(most, (await run(state)).records);
    }
    expect(removed).toHaveLength(6_000);
    expect(new Set(removed).size).toBe(6_000);
    expect(most).toBeLessThan(300);
    expect(woken.map(({ data }) => data.record.name)).toContain("due");
  });

  it("a run that has no time for all open records leaves the rest to the next, which begins there", async () => {
    const due: RecordStatus = { phase: "Waiting", wakeAt: at(4 * MINUTE_MS) };
    records = toMany(6_000, due);
    pageMs = 10_000;
    const state: SweepState = {};
    await run(state);
    const first = woken.length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(3_000);
    pageMs = 0;
    nowMs = NOW_MS;
    await run(state);
    expect(woken).toHaveLength(6_000);
    expect(new Set(woken.map(({ data }) => data.record.name)).size).toBe(6_000);
  });

  it("reads every record if the field cannot be selected, and asks for it once", async () => {
    areFieldsSelectable = false;
    records = [...toMany(6_000, ended), record("due", 4 * MINUTE_MS)];
    const state: SweepState = {};
    await run(state);
    await run(state);
    expect(woken).toHaveLength(2);
    expect(selections.filter(({ fieldSelector }) => fieldSelector !== undefined)).toHaveLength(1);
  });
});
