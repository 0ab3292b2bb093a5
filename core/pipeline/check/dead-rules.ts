import { formatFieldPattern } from "../../json/field-pattern.ts";
import { evaluateConstant } from "../parse/parse-at.ts";
import type { PipelineIssue, Rule } from "../pipeline.ts";

/** Rules that can never match, whatever happens in a cluster. */
export function findDeadRules(rule: Rule, path: PipelineIssue["path"]): readonly PipelineIssue[] {
  return [
    ...findUnselected(rule, path),
    ...findUnchanged(rule, path),
    ...findNever(rule.where, [...path, "where"], "the rule would never match"),
    ...findNever(rule.whereTarget, [...path, "whereTarget"], "the rule would never act"),
    ...findNever(
      rule.verify?.expression,
      [...path, "verify", "where"],
      "every remediation would fail",
    ),
  ];
}

/** An object leaves a selection; without one it can only be deleted. */
function findUnselected({ on }: Rule, path: PipelineIssue["path"]): readonly PipelineIssue[] {
  const isSelected =
    on.labelSelector !== undefined ||
    on.fieldSelector !== undefined ||
    on.namespaceSelector !== undefined;
  if (isSelected || on.changes.some((change) => change !== "left")) return [];
  const message = `no object of ${on.resource} can leave a watch without a selector, so nothing would ever match`;
  const hint = "add the labelSelector that objects lose, or write changes: [deleted]";
  return [{ path: [...path, "on", "changes"], message, hint }];
}

/** Compared fields that never change, or are compared anyway. */
function findUnchanged({ on }: Rule, path: PipelineIssue["path"]): readonly PipelineIssue[] {
  const fields = on.changed?.fields ?? [];
  return fields.flatMap((field, index) => {
    const here = [...path, "on", "changed", "fields", index];
    if (on.resource === "secrets" && field[0] === "stringData") {
      const message = "the API server keeps stringData as data, so it would never change";
      return [{ path: here, message, hint: "write data" }];
    }
    const outer = fields.find(
      (other) => other.length < field.length && other.every((key, at) => key === field[at]),
    );
    if (outer === undefined) return [];
    const message = `${formatFieldPattern(field)} is a part of ${formatFieldPattern(outer)}, which is compared as a whole`;
    return [{ path: here, message, hint: "write one of the two" }];
  });
}

function findNever(
  source: string | undefined,
  path: PipelineIssue["path"],
  effect: string,
): readonly PipelineIssue[] {
  // Written out, it switches a rule off.
  if (source === undefined || source.trim() === "false") return [];
  const answer = evaluateConstant(source);
  if (answer?.outcome !== "value" || answer.value !== false) return [];
  const message = `CEL: this is always false, so ${effect}`;
  const hint = "remove the rule, or set guards: { mode: dryRun } to try it without effects";
  return [{ path, message, hint }];
}
