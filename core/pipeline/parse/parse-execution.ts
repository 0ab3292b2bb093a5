import { isRemediation } from "../../actions/registry.ts";
import { checkExpression, findUselessKey, parseAction } from "./parse-actions.ts";
import { isObject, readList, readOwn } from "../../json/read-json.ts";
import type { RuleDocument } from "./document.ts";
import { parseDuration } from "../../text/duration.ts";
import { findAtIssues } from "./parse-at.ts";
import { findIfGoneIssues } from "./parse-if-gone.ts";
import type { PipelineIssue, Rule, RuleAction } from "../pipeline.ts";

type Path = readonly (string | number)[];

/** When a remediation begins, how it is verified, and what follows if it fails. */
export type ExecutionPolicy = Pick<
  Rule,
  "forMs" | "at" | "verify" | "onFailure" | "approveWithinMs" | "ifGone" | "giveUpAfterMs"
>;

/** Keys that have an effect only in a rule that remediates. */
const KEYS = ["verify", "onFailure", "ifGone", "giveUpAfter"] as const;
export const VERIFY_WITHIN_MS: number = 10 * 60_000;

/** What the schema cannot check about these keys: the CEL, the actions, and that the rule remediates at all. */
export function findExecutionIssues(
  fields: Readonly<Record<string, unknown>>,
  then: readonly RuleAction[],
  path: Path,
): readonly PipelineIssue[] {
  const issues: PipelineIssue[] = [];
  const { at, verify } = fields;
  if (typeof at === "string") issues.push(...findAtIssues(at, [...path, "at"]));
  if (isObject(verify) && typeof verify["where"] === "string") {
    issues.push(...checkExpression(verify["where"], [...path, "verify", "where"]));
  }
  if (fields["for"] !== undefined && at !== undefined) {
    const hint = "keep one: for waits that long after the match, at waits until that time";
    issues.push({
      path: [...path, "at"],
      at: "key",
      message: "at and for exclude each other",
      hint,
    });
  }
  issues.push(...findInitialIssues(fields, path));
  issues.push(...findIfGoneIssues(fields, then, path));
  issues.push(...findApprovalIssues(fields["guards"], then, [...path, "guards"]));
  issues.push(...findActionIssues(fields["onFailure"], [...path, "onFailure"]));
  issues.push(...findUselessKey(KEYS, fields, then, path));
  return issues;
}

/** Initial objects are reported as `added`, to the rules that include them. */
function findInitialIssues(
  { initial, on }: Readonly<Record<string, unknown>>,
  path: Path,
): readonly PipelineIssue[] {
  const changes = isObject(on) ? on["changes"] : undefined;
  if (initial !== "include" || !Array.isArray(changes) || changes.includes("added")) return [];
  const message = "initial: include needs added in on.changes";
  const hint = "objects that exist at the first start are reported as added";
  return [{ path: [...path, "initial"], at: "key", message, hint }];
}

/** Mode approval needs something to approve, and an alert that asks a person for it. */
function findApprovalIssues(
  guards: unknown,
  then: readonly RuleAction[],
  path: Path,
): readonly PipelineIssue[] {
  if (!isObject(guards) || then.length === 0) return [];
  const timed = readList(guards["modes"]).findIndex((one) => readOwn(one, "mode") === "approval");
  if (guards["mode"] !== "approval" && timed === -1) {
    if (guards["approveWithin"] === undefined) return [];
    const message = "approveWithin has an effect only with mode: approval";
    return [{ path: [...path, "approveWithin"], at: "key", message }];
  }
  if (isRemediation(then) && then.some(({ action }) => action === "alert")) return [];
  const message =
    "mode: approval needs an action that remediates, and an alert that asks for the approval";
  const key = timed === -1 ? ["mode"] : ["modes", timed, "mode"];
  return [{ path: [...path, ...key], message }];
}

function findActionIssues(written: unknown, path: Path): readonly PipelineIssue[] {
  if (!Array.isArray(written)) return [];
  return written.flatMap((entry: unknown, index) => {
    const here = [...path, index];
    const action = parseAction(entry, here);
    if (!action.ok) return action.error;
    if (isRemediation([action.value])) return [];
    const message = `${action.value.action} does not remediate anything`;
    const hint = "put the alert into then: it reports failures too";
    return [{ path: here, message, hint }];
  });
}

/** The execution policy of a rule without issues. */
export function toExecutionPolicy(rule: RuleDocument): ExecutionPolicy {
  const { verify, at, guards } = rule;
  const onFailure = rule.onFailure?.flatMap((entry) => {
    const action = parseAction(entry, []);
    return action.ok ? [action.value] : [];
  });
  return {
    ...(rule.for === undefined ? {} : { forMs: parseDuration(rule.for) }),
    ...(at === undefined ? {} : { at }),
    ...(verify === undefined ? {} : { verify: toVerify(verify) }),
    ...(onFailure === undefined ? {} : { onFailure }),
    ...(rule.ifGone === undefined ? {} : { ifGone: rule.ifGone }),
    ...(rule.giveUpAfter === undefined ? {} : { giveUpAfterMs: parseDuration(rule.giveUpAfter) }),
    ...(guards?.approveWithin === undefined
      ? {}
      : { approveWithinMs: parseDuration(guards.approveWithin) }),
  };
}

function toVerify(verify: NonNullable<RuleDocument["verify"]>): NonNullable<Rule["verify"]> {
  const withinMs = parseDuration(verify.within ?? "");
  if (verify.where !== undefined) {
    return { expression: verify.where, withinMs: withinMs ?? VERIFY_WITHIN_MS };
  }
  return withinMs === undefined ? {} : { withinMs };
}
