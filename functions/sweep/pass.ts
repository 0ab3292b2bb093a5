import type { RemediationRecord } from "../../events/remediation.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import type { ListSelection } from "../../adapters/kubernetes/api/list-pages.ts";
import { getEvenDeep } from "../../adapters/kubernetes/api/objects.ts";
import type { RecordPage } from "../../adapters/kubernetes/remediation/record-pages.ts";
import { toRecordPath, type RecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import type { SendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { isKubemendError } from "../../core/errors.ts";
import { forEachConcurrently } from "../../core/for-each-concurrently.ts";
import { isEnded } from "../../core/records/phase.ts";
import {
  isSuperseded,
  noteRecord,
  planSweep,
  type NewestRecords,
} from "../../core/records/plan-sweep.ts";
import { isOfMirror } from "../../core/records/select-records.ts";
import { toWakeup } from "../../core/records/messages/wakeup.ts";
import type { Tally } from "./tally.ts";

export type PassDeps = {
  readonly client: KubernetesClient;
  readonly records: Pick<RecordStore, "remove" | "saveStatus">;
  readonly pages: (selection: ListSelection, signal: AbortSignal) => AsyncGenerator<RecordPage>;
  readonly sendWakeup: SendWakeup;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** One reading of the selected records, and which of them are cared for; it may span several runs. */
export type Pass = {
  readonly selection: ListSelection;
  readonly scope: "all" | "open" | "ended";
  /** When its first page was read. */
  begunMs: number;
  next?: string | undefined;
  readonly newest: NewestRecords;
  /** Records whose retention has ended: without plan and steps, so small ones. */
  readonly old: RemediationRecord[];
};

type PassRun = {
  readonly tally: Tally;
  /** No page is begun after this (ms since the epoch). */
  readonly stopMs: number;
  readonly signal: AbortSignal;
};

/** More are deleted by later passes. */
const OLD_MAX = 2_000;
/** Records that are cared for at the same time. */
const CONCURRENCY = 10;

export function createPass(selection: ListSelection, scope: Pass["scope"]): Pass {
  return { selection, scope, begunMs: 0, newest: new Map(), old: [] };
}

/** Continues a pass; true if it has ended, false if the run has no more time. A token that has expired ends the pass: the next one begins again. */
export async function runPass(pass: Pass, deps: PassDeps, run: PassRun): Promise<boolean> {
  const { signal, stopMs } = run;
  if (pass.next === undefined) pass.begunMs = deps.now();
  try {
    for await (const page of deps.pages({ ...pass.selection, continue: pass.next }, signal)) {
      await takePage(pass, page, deps, run);
      pass.next = page.next;
      if (page.next !== undefined && deps.now() >= stopMs) return false;
    }
  } catch (error) {
    if (!isKubemendError(error, "Expired")) throw error;
  }
  await forEachConcurrently(pass.old, CONCURRENCY, async (record) => {
    if (deps.now() < stopMs) await judge(record, run, () => retire(record, pass, deps, run));
  });
  return true;
}

async function takePage(pass: Pass, page: RecordPage, deps: PassDeps, run: PassRun): Promise<void> {
  const { tally } = run;
  tally.add("records", page.records.length);
  for (const name of page.unreadable) tally.leave(name, "it cannot be read");
  for (const record of page.records) noteRecord(pass.newest, record);
  await forEachConcurrently(page.records, CONCURRENCY, (record) =>
    judge(record, run, () => care(record, pass, deps, run)),
  );
}

/** A record that cannot be judged is left, and the others are cared for. */
async function judge(
  record: RemediationRecord,
  { tally, signal }: PassRun,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    signal.throwIfAborted();
    tally.leave(record.metadata.name, error);
  }
}

async function care(
  record: RemediationRecord,
  pass: Pass,
  deps: PassDeps,
  { tally, signal }: PassRun,
): Promise<void> {
  const hasEnded = isEnded(record.status?.phase ?? "Pending");
  if (pass.scope !== "all" && hasEnded !== (pass.scope === "ended")) return;
  const plan = planSweep(record, deps.now());
  switch (plan.outcome) {
    case "leave":
      return;
    case "wake":
      await wake(record, deps, signal);
      return tally.add("woken");
    case "compact": {
      const saved = await deps.records.saveStatus(record, plan.status, signal);
      if (saved.outcome === "saved") tally.add("compacted");
      return;
    }
    case "retire":
      if (pass.old.length < OLD_MAX) pass.old.push(toSmall(record));
      return;
  }
}

function toSmall(record: RemediationRecord): RemediationRecord {
  const { status: _status, metadata, spec } = record;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const kept = { name, namespace, uid, resourceVersion, creationTimestamp };
  return {
    ...record,
    metadata: kept,
    spec: { ...spec, references: [], evidence: undefined },
    status: undefined,
  };
}

/**
 * The label may lack on the newest record of a series, so the object is checked too. Nothing runs again without the record of a mirror, and
 * the sweep has no right to read objects that are only mirrored.
 */
async function retire(
  record: RemediationRecord,
  { newest }: Pass,
  deps: PassDeps,
  { tally, signal }: PassRun,
): Promise<void> {
  const isFree =
    isOfMirror(record.spec) || isSuperseded(record, newest) || (await isGone(record, deps, signal));
  if (isFree && (await deps.records.remove(record, signal))) tally.add("deleted");
}

async function wake(record: RemediationRecord, deps: PassDeps, signal: AbortSignal): Promise<void> {
  const now = new Date(deps.now()).toISOString();
  const subject = toRecordPath(record.metadata);
  await deps.sendWakeup(toWakeup({ record, subject, due: now, now }), signal);
}

/** Compares the uid: an object of that name may be a different one. */
async function isGone(
  { spec }: RemediationRecord,
  { client }: PassDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const { group, version, resource, kind, namespace, name, uid } = spec.trigger;
  const target = { group, version, resource, kind, namespace, name };
  const read = await getEvenDeep(client, target, signal);
  return read?.object.metadata.uid !== uid;
}
