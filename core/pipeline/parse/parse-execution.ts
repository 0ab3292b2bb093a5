import { isRemediation } from "../../actions/registry.ts";
import { checkExpression, findUselessKey, parseAction } from "./parse-actions.ts";
import { isObject } from "../../json/read-json.ts";
import type { RuleDocument } from "./document.ts";
import { parseDuration } from "../../text/duration.ts";
import type { PipelineIssue, Rule, RuleAction } from "../pipeline.ts";

type Path = readonly (string | number)[];

/** When a remediation begins, how it is verified, and what follows where it failed. */
export type ExecutionPolicy = Pick<
  Rule,
  "forMs" | "at" | "verify" | "onFailure" | "approveWithinMs"
>;

/** Keys of a rule that only a remediation has. */
const KEYS = ["for", "at", "verify", "onFailure"] as const;
const VERIFY_WITHIN_MS = 10 * 60_000;

/** What the schema cannot tell about these keys: CEL, actions, and that the rule remediates at all. */
export function findExecutionIssues(
  fields: Readonly<Record<string, unknown>>,
  then: readonly RuleAction[],
  path: Path,
): readonly PipelineIssue[] {
  const issues: PipelineIssue[] = [];
  const { at, verify } = fields;
  if (typeof at === "string") issues.push(...checkExpression(at, [...path, "at"]));
  if (isObject(verify) && typeof verify["where"] === "string") {
    issues.push(...checkExpression(verify["where"], [...path, "verify", "where"]));
  }
  if (fields["for"] !== undefined && at !== undefined) {
    const hint = "for: wait so long after the match; at: wait until that time";
    issues.push({
      path: [...path, "at"],
      at: "key",
      message: "at and for exclude each other",
      hint,
    });
  }
  issues.push(...findInitialIssues(fields, path));
  issues.push(...findApprovalIssues(fields["guards"], then, [...path, "guards"]));
  issues.push(...findActionIssues(fields["onFailure"], [...path, "onFailure"]));
  issues.push(...findUselessKey(KEYS, fields, then, path));
  return issues;
}

/** What is there at the first start comes as `added`, with the rules that asked for it. */
function findInitialIssues(
  { initial, on }: Readonly<Record<string, unknown>>,
  path: Path,
): readonly PipelineIssue[] {
  const changes = isObject(on) ? on["changes"] : undefined;
  if (initial !== "include" || !Array.isArray(changes) || changes.includes("added")) return [];
  const message = "initial: include needs added among the rule's changes";
  const hint = "what is there at the first start comes as added";
  return [{ path: [...path, "initial"], at: "key", message, hint }];
}

/** Somebody has to be asked, and about something. */
function findApprovalIssues(
  guards: unknown,
  then: readonly RuleAction[],
  path: Path,
): readonly PipelineIssue[] {
  if (!isObject(guards) || then.length === 0) return [];
  if (guards["mode"] !== "approval") {
    if (guards["approveWithin"] === undefined) return [];
    const message = "approveWithin is for mode approval";
    return [{ path: [...path, "approveWithin"], at: "key", message }];
  }
  if (isRemediation(then) && then.some(({ action }) => action === "alert")) return [];
  const message = "mode approval needs an action that remediates, and an alert that asks for it";
  return [{ path: [...path, "mode"], message }];
}

function findActionIssues(written: unknown, path: Path): readonly PipelineIssue[] {
  if (!Array.isArray(written)) return [];
  return written.flatMap((entry: unknown, index) => {
    const here = [...path, index];
    const action = parseAction(entry, here);
    if (!action.ok) return action.error;
    if (isRemediation([action.value])) return [];
    const message = `${action.value.action} remediates nothing`;
    const hint = "an alert of then tells of a failure too";
    return [{ path: here, message, hint }];
  });
}

/** Of a rule without issues. */
export function toExecutionPolicy(rule: RuleDocument): ExecutionPolicy {
  const { verify, at, guards } = rule;
  const onFailure = rule.onFailure?.flatMap((entry) => {
    const action = parseAction(entry, []);
    return action.ok ? [action.value] : [];
  });
  return {
    ...(rule.for === undefined ? {} : { forMs: parseDuration(rule.for) }),
    ...(at === undefined ? {} : { at }),
    ...(verify === undefined
      ? {}
      : {
          verify: {
            expression: verify.where,
            withinMs: parseDuration(verify.within ?? "") ?? VERIFY_WITHIN_MS,
          },
        }),
    ...(onFailure === undefined ? {} : { onFailure }),
    ...(guards?.approveWithin === undefined
      ? {}
      : { approveWithinMs: parseDuration(guards.approveWithin) }),
  };
}
