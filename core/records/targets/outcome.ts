import { describeCount } from "../../operations/describe-fan-out.ts";
import { NOTHING_CHANGED, type FanOutOperation } from "../../operations/fan-out.ts";
import type { OperationOutcome } from "../../operations/operation.ts";
import type { TargetProgress } from "./progress.ts";

const DONE = {
  change: "changed",
  delete: "deleted",
  evict: "evicted",
  "report on": "reported on",
} as const;
/** The message of a record names so many. */
const NAMED_MAX = 5;

/**
 * The outcome of a fan-out whose targets have all ended. It has failed if one of them has: TargetsFailed; or if more targets came than
 * the rule allows: TooManyTargets. The numbers are exact.
 */
export function toTargetsOutcome(
  operation: FanOutOperation,
  progress: TargetProgress,
): Exclude<OperationOutcome, { readonly outcome: "wait" }> {
  const message = describeProgress(operation, progress);
  if (progress.failed > 0) return { outcome: "failed", code: "TargetsFailed", message };
  if ((progress.beyond ?? 0) > 0) return { outcome: "failed", code: "TooManyTargets", message };
  return { outcome: "done", message, ...(progress.done > 0 ? {} : { code: NOTHING_CHANGED }) };
}

/** `evicted 35 Pods, 2 failed: Pod shop/a (DisruptionBudget): ...`. */
export function describeProgress(
  { verb, collections, atMost }: FanOutOperation,
  progress: TargetProgress,
): string {
  const { done, unchanged, failed, beyond = 0, page } = progress;
  const parts = [`${DONE[verb]} ${describeCount(done, collections)}`];
  if (unchanged > 0) parts.push(`${unchanged} ${unchanged === 1 ? "was" : "were"} so already`);
  if (page.length > 0) parts.push(`${page.length} ${page.length === 1 ? "has" : "have"} not ended`);
  if (beyond > 0) {
    parts.push(`${beyond} more came meanwhile, and atMost is ${atMost ?? 0}: they were left alone`);
  }
  return [...parts, ...(failed === 0 ? [] : [describeFailures(progress)])].join(", ");
}

/** `2 failed: Pod shop/a (Controlled): ...; Pod shop/b (Forbidden): ...`. */
export function describeFailures({ failed, failures }: TargetProgress): string {
  const named = failures
    .slice(0, NAMED_MAX)
    .map(({ object, code, message }) => `${object} (${code}): ${message}`);
  const rest = failed - named.length;
  const more = rest > 0 ? [`and ${rest} more`] : [];
  return `${failed} failed: ${[...named, ...more].join("; ")}`;
}
