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
/** Records of more objects are not read at once: they follow when these have been admitted. */
const OBJECTS_MAX = 1_000;
/** Nor more records than these, so that they fit into a function. */
const READ_MAX = 5_000;

type Place = { readonly client: KubernetesClient; readonly namespace: string };

/** The records of a rule that its guard holds back, in the order of their matches. */
export async function listWaiting(
  place: Place,
  ruleId: string,
  signal: AbortSignal,
): Promise<readonly RemediationRecord[]> {
  const labelSelector = `${RULE_LABEL}=${ruleId}`;
  const fieldSelector = "status.phase=Deferred";
  try {
    return await readWaiting(place, { labelSelector, fieldSelector }, signal);
  } catch (error) {
    // Before Kubernetes 1.31, or with an older definition, the field cannot be selected: every record of the rule is read.
    if (!isKubemendError(error, "Invalid")) throw error;
    return readWaiting(place, { labelSelector }, signal);
  }
}

async function readWaiting(
  place: Place,
  selection: { readonly labelSelector: string; readonly fieldSelector?: string },
  signal: AbortSignal,
): Promise<readonly RemediationRecord[]> {
  const waiting: RemediationRecord[] = [];
  const objects = new Set<string>();
  for await (const page of readRecordPages(place, selection, signal)) {
    for (const record of page.records) {
      if (!isGuarded(record.status)) continue;
      waiting.push(toSlim(record));
      objects.add(toCandidate(record).target);
    }
    if (objects.size >= OBJECTS_MAX || waiting.length >= READ_MAX) break;
  }
  return waiting.toSorted((a, b) => toMatchedMs(a) - toMatchedMs(b));
}

/** Without what is large and does not matter before it starts. */
function toSlim(record: RemediationRecord): RemediationRecord {
  const { status } = record;
  if (status === undefined) return record;
  const { plan: _plan, steps: _steps, preview, ...rest } = status;
  return { ...record, status: preview === undefined ? rest : { ...rest, preview: [] } };
}
