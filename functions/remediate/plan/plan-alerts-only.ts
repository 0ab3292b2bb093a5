import { NO_CHAIN } from "../../../core/operations/loops/chain.ts";
import type { RecordProblem, RemediationRecord } from "../../../events/remediation.ts";
import { findAction } from "../../../core/actions/registry.ts";
import { readEvidence } from "../../../core/records/messages/evidence.ts";
import { createPlan, type WritePlan } from "../../../core/records/plan.ts";
import type { PlannedAction } from "../../../core/records/stages/plan-stage.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import type { MatchDeps } from "./live-match.ts";
import { toKnownObject } from "./live-trigger.ts";
import { planAction } from "./plan-action.ts";

/** Plans only the rule's alerts, from what the record says of the trigger, because the cluster does not show it. */
export async function planAlertsOnly(
  record: RemediationRecord,
  rule: Rule,
  deps: MatchDeps,
  problem: RecordProblem,
  signal: AbortSignal,
): Promise<WritePlan> {
  const { trigger, references } = record.spec;
  const live = { object: toKnownObject(trigger, readEvidence(record.spec)), references };
  const catalog = createCatalog([], "discovery");
  // Redacted fields matter for writes only, and there are none.
  const context = { record, rule, live, catalog, pipeline: { redact: [] }, ...deps };
  const planned = rule.then.map(async (action): Promise<PlannedAction> => {
    const isWriting = findAction(action.action)?.remediates !== false;
    if (isWriting) return { outcome: "problem", problem };
    const decided = await planAction(action, context, { chain: NO_CHAIN, stage: 0 }, signal);
    return decided.outcome === "wait" ? { outcome: "problem", problem } : decided;
  });
  const actions: readonly PlannedAction[] = await Promise.all(planned);
  return createPlan({ actions: [...actions, { outcome: "problem", problem }], trigger });
}
