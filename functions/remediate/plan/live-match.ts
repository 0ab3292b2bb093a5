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

/** The live trigger, which still matches the rule's condition. */
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

/** Reads the trigger live and evaluates the rule's condition again; refused if the trigger was replaced, or no longer matches. */
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
 * Checks whether a plan that has waited may still be executed: the rule is unchanged, still matches, and still covers the plan's
 * targets (`reach`, `whereTarget`), all evaluated live as when the plan was made. Returns the reason why not, or undefined. Each step
 * checks its own source.
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
  // A plan that cannot be read is not executed: its steps are refused for that reason.
  if (!operations.ok) return undefined;
  const { executor, now } = deps;
  const { catalog } = match.value;
  const context = { record, rule: rule.value, catalog, executor, now };
  const fault = await checkStoredWrites(operations.value, context, signal);
  return fault === undefined ? undefined : toRefused(fault.code, fault.message);
}

/** If the catalog lacks the resource, the resource may be newer than the catalog. */
async function readCatalog(
  record: RemediationRecord,
  discovery: Discovery,
  signal: AbortSignal,
): Promise<Catalog> {
  const known = await discovery.catalog(signal);
  return findServed(record.spec.trigger, known) === undefined ? discovery.refresh(signal) : known;
}

/** Evaluates `where` on the live object. A deleted object cannot be evaluated. */
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
        `the rule's condition reads ${condition.path}, which no longer exists`,
      );
    case "error":
      return toRefused("RuleError", `the rule's condition: ${condition.message}`);
  }
}
