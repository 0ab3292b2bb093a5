import type { RemediationRecord } from "../../events/remediation.ts";
import { ok, refuse, type Result } from "../result.ts";
import type { Pipeline, Rule } from "../pipeline/pipeline.ts";
import type { RecordEnd } from "./record-end.ts";

/**
 * The rule of this pipeline by which a record is planned. Its digest must be that of the rule that requested the record. Not
 * used for a record that already has a plan: that is finished as planned, whatever the configuration says now.
 */
export function findRule(record: RemediationRecord, pipeline: Pipeline): Result<Rule, RecordEnd> {
  const { id, digest } = record.spec.rule;
  const rule = pipeline.rules.find((candidate) => candidate.id === id);
  if (rule?.digest === digest) return ok(rule);
  const message =
    rule === undefined
      ? `rule ${id} is no longer in the pipeline`
      : `rule ${id} was changed after it requested this remediation`;
  return refuse({ phase: "Refused", reason: "RuleChanged", message });
}
