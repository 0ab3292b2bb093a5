import type { RemediationRecord } from "../../../events/remediation.ts";
import type { Discovery } from "../../../adapters/kubernetes/api/discovery.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { parsePlan } from "../../../core/records/plan.ts";
import { findRule } from "../../../core/records/find-rule.ts";
import type { RecordEnd } from "../../../core/records/record-end.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { refuse, ok, type Result } from "../../../core/result.ts";
import { toBindings } from "../../../core/decide/bindings.ts";
import type { Bindings } from "../../../core/cel/compile.ts";
import { evaluateCondition } from "../../../core/decide/condition.ts";
import type { Pipeline, Rule } from "../../../core/pipeline/pipeline.ts";
import { checkStoredWrites } from "./check-authority.ts";
import { findServed, readTrigger, toRefused, type LiveTrigger } from "./live-trigger.ts";

/** The trigger as it is now, which the rule's condition still matches. */
export type LiveMatch = {
  readonly live: LiveTrigger;
  readonly catalog: Catalog;
  readonly bindings: Bindings;
};

export type MatchDeps = {
  readonly executor: Executor;
  readonly discovery: Discovery;
  /** RFC 3339 ms. */
  readonly now: string;
};

/** Reads the trigger live and asks the rule's condition again; refused where it is not what it was, or no longer matches. */
export async function readLiveMatch(
  record: RemediationRecord,
  rule: Rule,
  { executor, discovery, now }: MatchDeps,
  signal: AbortSignal,
): Promise<Result<LiveMatch, RecordEnd>> {
  const catalog = await readCatalog(record, discovery, signal);
  const live = await readTrigger(record, { executor, catalog }, signal);
  if (!live.ok) return live;
  const { change, cluster } = record.spec;
  const bindings = toBindings({ ...live.value, change, cluster, now });
  const condition = checkCondition(record, rule, bindings);
  if (condition !== undefined) return refuse(condition);
  return ok({ live: live.value, catalog, bindings });
}

/**
 * Whether a plan that has waited, and of which nothing is begun, may still be: the rule is the same, still matches, and still
 * reaches what the plan acts upon (`reach`, `whereTarget`), all live as when the plan was made. Why not, or undefined. What the
 * plan copies from is checked by each step.
 */
export async function confirmMatch(
  record: RemediationRecord,
  deps: MatchDeps & { readonly pipeline: Pipeline },
  signal: AbortSignal,
): Promise<RecordEnd | undefined> {
  const rule = findRule(record, deps.pipeline);
  if (!rule.ok) return rule.error;
  const match = await readLiveMatch(record, rule.value, deps, signal);
  if (!match.ok) return match.error;
  const operations = parsePlan(record.status ?? { phase: "Pending" });
  // A plan that cannot be read is not carried out: its steps are refused as such.
  if (!operations.ok) return undefined;
  const { executor, now } = deps;
  const { catalog } = match.value;
  const context = { record, rule: rule.value, catalog, executor, now };
  const fault = await checkStoredWrites(operations.value, context, signal);
  return fault === undefined ? undefined : toRefused(fault.code, fault.message);
}

/** A resource that is not in the catalog may be younger than it. */
async function readCatalog(
  record: RemediationRecord,
  discovery: Discovery,
  signal: AbortSignal,
): Promise<Catalog> {
  const known = await discovery.catalog(signal);
  return findServed(record.spec.trigger, known) === undefined ? discovery.refresh(signal) : known;
}

/** `where`, on the live object. A deleted one has nothing to be asked. */
function checkCondition(
  record: RemediationRecord,
  rule: Rule,
  bindings: Bindings,
): RecordEnd | undefined {
  if (record.spec.change.kind === "deleted") return undefined;
  const condition = evaluateCondition(rule, bindings);
  switch (condition.outcome) {
    case "holds":
      return undefined;
    case "fails":
      return toRefused("ConditionNoLongerHolds", "the rule's condition no longer holds");
    case "unknown":
      return toRefused(
        "ConditionUnknown",
        `the rule's condition reads ${condition.path}, which is not there any more`,
      );
    case "error":
      return toRefused("RuleError", `the rule's condition: ${condition.message}`);
  }
}
