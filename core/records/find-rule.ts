import type { RemediationRecord } from "../../events/remediation.ts";
import { ok, refuse, type Result } from "../result.ts";
import type { Pipeline, Rule } from "../pipeline/pipeline.ts";
import type { RecordEnd } from "./record-end.ts";

/**
 * The rule that a record not yet begun is carried out by: the function's own, and only if it is the very rule that asked,
 * by its digest. A record that has a plan is not asked: it is finished by that, whatever the configuration says now.
 */
export function findRule(record: RemediationRecord, pipeline: Pipeline): Result<Rule, RecordEnd> {
  const { id, digest } = record.spec.rule;
  const rule = pipeline.rules.find((candidate) => candidate.id === id);
  if (rule?.digest === digest) return ok(rule);
  const message =
    rule === undefined
      ? `rule ${id} is not in the pipeline any more`
      : `rule ${id} was changed after it had asked for this`;
  return refuse({ phase: "Refused", reason: "RuleChanged", message });
}
