import type { RemediationRecord } from "../../../events/remediation.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readRecordPages } from "../../../adapters/kubernetes/remediation/record-pages.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { isGuarded } from "../../../core/records/guards/guarded.ts";
import { RULE_LABEL } from "../../../core/records/select-records.ts";
import { toMatchedMs } from "../../../core/records/target.ts";

/** As many are admitted with one write. */
export const ADMITTED_MAX = 100;
/** More are not read at once: they follow when these have been admitted. */
const READ_MAX = 1_000;

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
  for await (const page of readRecordPages(place, selection, signal)) {
    waiting.push(...page.records.filter(({ status }) => isGuarded(status)));
    if (waiting.length >= READ_MAX) break;
  }
  return waiting.toSorted((a, b) => toMatchedMs(a) - toMatchedMs(b));
}
