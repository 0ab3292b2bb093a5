import { UNVERIFIED_CODE } from "../../../core/alerts/groups/group-of.ts";
import { RECORD_API_VERSION, RECORD_KIND, type RecordSpec } from "../../../events/remediation.ts";
import { KubemendError } from "../../../core/errors.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import type { MatchDeps } from "./live-match.ts";
import { planAlertsOnly } from "./plan-alerts-only.ts";

const UNPROVEN =
  "the request has no signature, was found by comparing, or is of another version of the rule";
const UNVERIFIED =
  "the request has no valid signature: anybody who may send to the queue may have written it";

/**
 * Sends a rule's alerts about a trigger that the cluster does not show and nobody vouches for: nothing is done and no record is made, so
 * that a forged request uses no episode up. Their ids are those that the record's own alerts would have, unless anybody may have asked for
 * them (`isUnverified`): then they say so, and hide no other alert. Throws if an alert cannot be sent.
 */
export async function sendAlertsOnly(
  wanted: { readonly name: string; readonly spec: RecordSpec },
  problem: { readonly code: string; readonly message: string },
  deps: MatchDeps & { readonly rule: Rule; readonly isUnverified: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { spec } = wanted;
  const { isUnverified } = deps;
  const name = isUnverified ? `${wanted.name}/unverified` : wanted.name;
  const metadata = { name, namespace: "", uid: "", resourceVersion: "" };
  const record = { apiVersion: RECORD_API_VERSION, kind: RECORD_KIND, metadata, spec };
  const refused = {
    phase: "Refused",
    code: isUnverified ? UNVERIFIED_CODE : problem.code,
    message: `${problem.message}; nothing was done, because ${isUnverified ? UNVERIFIED : UNPROVEN}`,
  } as const;
  const { operations } = await planAlertsOnly(record, deps.rule, deps, refused, signal);
  for (const operation of operations) {
    if (operation.type !== "alert") continue;
    const context = { record, now: deps.now, problem: refused };
    const outcome = await deps.executor.execute(operation, context, signal);
    if (outcome.outcome !== "failed") continue;
    throw new KubemendError("MessageRefused", outcome.message, { retryable: false });
  }
}
