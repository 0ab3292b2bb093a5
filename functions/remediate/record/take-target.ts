import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { readRecordPages } from "../../../adapters/kubernetes/remediation/record-pages.ts";
import { toEnded } from "../../../core/records/record-end.ts";
import {
  mayShareTarget,
  planTurn,
  TARGET_HELD,
  toDeferred,
  toMatchedMs,
  toSuperseded,
} from "../../../core/records/target.ts";
import { isEnded } from "../../../core/records/phase.ts";
import { findRivalWrites, mayShareWrites } from "../../../core/records/stages/written-objects.ts";
import {
  TARGET_LABEL,
  toHeldSelector,
  toTarget,
  toWritersSelector,
  type TargetIdentity,
} from "../../../core/records/select-records.ts";
import type { HeldRecord } from "./held-record.ts";
import { toTime, type RemediateDeps, type RemediationResult, type Run } from "./run.ts";
import { saveEnd, saveWait } from "./save-outcome.ts";

/** A record that waits for its target is woken when the holder ends, and looks itself about once a minute, in case that was lost. */
const LOOK_AGAIN_MS = 40_000;
/** Two records that have seen each other begin step back, and must not meet again. */
const JITTER_MS = 20_000;

/**
 * Takes the target of a record whose first step was saved as started, before anything is written: undefined if it is the record's.
 * Otherwise the record is deferred or has ended. `before` is its status without the plan's progress.
 */
export async function takeTarget(
  held: HeldRecord,
  before: RecordStatus,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult | undefined> {
  const record = held.record();
  const rivals = findRivalWrites(record, deps.pipeline);
  const isShared = mayShareTarget(record, deps.pipeline);
  if (!isShared && rivals.length === 0) return undefined;
  const all = isShared ? await listSameTarget(deps.client, record, run.signal) : [];
  const writers: RemediationRecord[] = [];
  for (const writes of rivals) {
    writers.push(...(await listSelected(deps, record, toWritersSelector(writes), run.signal)));
  }
  const turn = planTurn(record, all, writers);
  switch (turn.outcome) {
    case "held": {
      const until = toNextLook(before, deps);
      const message = `waits until record ${turn.by.metadata.name}, which has begun with the same object, ends`;
      return saveWait(held, toDeferred(before, { until, message }, turn.by.metadata.name), run);
    }
    case "superseded": {
      const { plan: _plan, steps: _steps, ...rest } = before;
      return saveEnd(held, toSuperseded(turn.by), deps, run, rest);
    }
    case "begin":
      for (const old of turn.overtaken) {
        const status = toEnded(
          old.status ?? { phase: "Pending" },
          toSuperseded(record),
          toTime(deps),
        );
        // If somebody else has just written it, it is looked at when it begins.
        await deps.records.saveStatus(old, status, run.signal);
      }
      return undefined;
  }
}

/** Another wake-up than its own does not make a deferred record look more often from then on. */
function toNextLook({ reason, wakeAt }: RecordStatus, deps: RemediateDeps): string {
  const isPlanned = reason === TARGET_HELD && Date.parse(wakeAt ?? "") > deps.now();
  if (isPlanned && wakeAt !== undefined) return wakeAt;
  return toTime(deps, LOOK_AGAIN_MS + Math.random() * JITTER_MS);
}

/** The records that waited for the target of one that has ended. */
export async function findDeferred(
  record: RemediationRecord,
  deps: RemediateDeps,
  signal: AbortSignal,
): Promise<readonly RemediationRecord[]> {
  const isShared = mayShareTarget(record, deps.pipeline);
  const all = isShared ? await listSameTarget(deps.client, record, signal) : [];
  const waiting = all.filter(
    ({ status }) => status?.phase === "Deferred" && status.reason === TARGET_HELD,
  );
  if (!mayShareWrites(record, deps.pipeline)) return waiting;
  const held = await listSelected(deps, record, toHeldSelector(record.metadata.name), signal);
  const known = new Set(waiting.map(({ metadata }) => metadata.name));
  return [...waiting, ...held.filter(({ metadata }) => !known.has(metadata.name))];
}

/**
 * The name of the record of a rule that waits for `for` on this object; undefined if none does. Of several it is the one whose match is
 * the oldest.
 */
export async function findHeldMatch(
  { cluster, record: { namespace }, waits }: WakeupMessage["data"],
  { client }: RemediateDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (waits === undefined) return undefined;
  const spec = { cluster, trigger: { uid: waits.objectUid } };
  const all = await listSameTarget(client, { metadata: { namespace }, spec }, signal);
  const waiting = all.filter(
    (record) => record.spec.rule.id === waits.rule && record.status?.reason === "For",
  );
  const [first] = waiting.toSorted((a, b) => toMatchedMs(a) - toMatchedMs(b));
  return first?.metadata.name;
}

/**
 * The records that a field selector selects. None before Kubernetes 1.31, or with an older definition of the records: then only records of
 * one trigger are carried out one after the other.
 */
async function listSelected(
  { client }: RemediateDeps,
  { metadata: { namespace } }: RemediationRecord,
  fieldSelector: string,
  signal: AbortSignal,
): Promise<readonly RemediationRecord[]> {
  const records: RemediationRecord[] = [];
  try {
    for await (const page of readRecordPages({ client, namespace }, { fieldSelector }, signal)) {
      records.push(...page.records);
    }
  } catch (error) {
    if (!isKubemendError(error, "Invalid")) throw error;
  }
  return records;
}

async function listSameTarget(
  client: KubernetesClient,
  {
    metadata: { namespace },
    spec,
  }: { readonly metadata: { readonly namespace: string }; readonly spec: TargetIdentity },
  signal: AbortSignal,
): Promise<readonly RemediationRecord[]> {
  const records: RemediationRecord[] = [];
  const labelSelector = `${TARGET_LABEL}=${toTarget(spec)}`;
  for await (const page of readRecordPages({ client, namespace }, { labelSelector }, signal)) {
    // Records that have ended do not matter, and may be most of them.
    records.push(...page.records.filter(({ status }) => !isEnded(status?.phase ?? "Pending")));
  }
  return records;
}
