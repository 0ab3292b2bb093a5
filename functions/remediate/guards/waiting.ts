import type { RemediationRecord } from "../../../events/remediation.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readRecordPages } from "../../../adapters/kubernetes/remediation/record-pages.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { toCandidate } from "../../../core/records/guards/candidate.ts";
import { isGuarded } from "../../../core/records/guards/guarded.ts";
import { RULE_LABEL } from "../../../core/records/select-records.ts";
import { toMatchedMs } from "../../../core/records/target.ts";

/** As many are admitted with one write. */
export const ADMITTED_MAX = 100;
/** Records of more objects are not asked for at once: they follow when these have been admitted. */
const OBJECTS_MAX = 1_000;
/** Nor more records than these, and of one object then only so many, so that they fit into a function. */
const KEPT_MAX = 5_000;
const KEPT_PER_OBJECT = KEPT_MAX / OBJECTS_MAX;
/** As many are read to find the oldest, in the time that a function has. */
const READ_MAX = 20_000;

type Place = { readonly client: KubernetesClient; readonly namespace: string };

/**
 * The records of a rule that its guard holds back, in the order of their matches: if there are more than are asked for at once, the oldest.
 * They are listed in the order of their names, so all pages are read, and beyond `READ_MAX` records the oldest of those that were read.
 */
export async function listWaiting(
  place: Place,
  ruleId: string,
  signal: AbortSignal,
): Promise<readonly RemediationRecord[]> {
  let waiting: readonly RemediationRecord[] = [];
  await readWaiting(place, ruleId, signal, (records) => {
    const more = [...waiting, ...records.map(toSlim)];
    waiting = more.length > 2 * KEPT_MAX ? toOldest(more) : more;
    return true;
  });
  return toOldest(waiting);
}

/**
 * Whether the guard of a rule holds back a record about an object of a namespace; undefined if there are so many of others that nobody
 * knows.
 */
export async function isAnyWaiting(
  place: Place,
  { rule, namespace }: { readonly rule: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<boolean | undefined> {
  let isFound = false;
  const isWhole = await readWaiting(place, rule, signal, (records) => {
    isFound ||= records.some(({ spec }) => (spec.trigger.namespace ?? "") === namespace);
    return !isFound;
  });
  return isFound || (isWhole ? false : undefined);
}

/** Gets the records of a page, and says whether more are to be read. */
type Take = (records: readonly RemediationRecord[]) => boolean;

/** Reads page by page. Says whether all were read. */
async function readWaiting(
  place: Place,
  ruleId: string,
  signal: AbortSignal,
  take: Take,
): Promise<boolean> {
  const labelSelector = `${RULE_LABEL}=${ruleId}`;
  const fieldSelector = "status.phase=Deferred";
  try {
    return await readPages(place, { labelSelector, fieldSelector }, signal, take);
  } catch (error) {
    // Before Kubernetes 1.31, or with an older definition, the field cannot be selected: every record of the rule is read.
    if (!isKubemendError(error, "Invalid")) throw error;
    return readPages(place, { labelSelector }, signal, take);
  }
}

async function readPages(
  place: Place,
  selection: { readonly labelSelector: string; readonly fieldSelector?: string },
  signal: AbortSignal,
  take: Take,
): Promise<boolean> {
  let read = 0;
  for await (const { records, next } of readRecordPages(place, selection, signal)) {
    const waiting = records.filter(({ status }) => isGuarded(status));
    read += waiting.length;
    if (!take(waiting)) return false;
    if (read >= READ_MAX) return next === undefined;
  }
  return true;
}

/** The oldest matches first. If they are too many, those of the first objects, and some of each. */
function toOldest(records: readonly RemediationRecord[]): readonly RemediationRecord[] {
  const sorted = records.toSorted((a, b) => toMatchedMs(a) - toMatchedMs(b));
  const areMany = sorted.length > KEPT_MAX;
  const kept = new Map<string, number>();
  return sorted.filter((record) => {
    const { target } = toCandidate(record);
    const own = kept.get(target) ?? 0;
    if (own === 0 ? kept.size >= OBJECTS_MAX : areMany && own >= KEPT_PER_OBJECT) return false;
    kept.set(target, own + 1);
    return true;
  });
}

/** Without what is large and does not matter before it starts. */
function toSlim(record: RemediationRecord): RemediationRecord {
  const { status } = record;
  if (status === undefined) return record;
  const { plan: _plan, steps: _steps, preview, ...rest } = status;
  return { ...record, status: preview === undefined ? rest : { ...rest, preview: [] } };
}
