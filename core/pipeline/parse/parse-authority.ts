import { isObject } from "../../json/read-json.ts";
import type { RuleDocument } from "./document.ts";
import { isRemediation } from "../../actions/registry.ts";
import { checkExpression, findUselessKey } from "./parse-actions.ts";
import type { PipelineIssue, Rule, RuleAction } from "../pipeline.ts";
import { findPointerSelection, findPointerTarget } from "./pointer-targets.ts";
import { isEvents } from "../../references/is-events.ts";

type Path = readonly (string | number)[];

const KEYS = ["reach", "whereTarget"] as const;

/**
 * What the schema cannot check about `reach` and `whereTarget`: the CEL, that the rule acts at all, and that a rule on Events
 * with a reach beyond their namespace checks its target, as an Event proves nothing about that. So does one that acts upon what its
 * trigger refers to.
 */
export function findAuthorityIssues(
  fields: Readonly<Record<string, unknown>>,
  then: readonly RuleAction[],
  path: Path,
): readonly PipelineIssue[] {
  const issues: PipelineIssue[] = [];
  const { on, reach, whereTarget } = fields;
  if (typeof whereTarget === "string") {
    issues.push(...checkExpression(whereTarget, [...path, "whereTarget"]));
  }
  issues.push(...findUselessKey(KEYS, fields, then, path));
  const resource = isObject(on) ? on["resource"] : undefined;
  const isBlind = reach !== undefined && whereTarget === undefined;
  const why = isBlind && isRemediation(then) ? findBlindness(fields, resource) : undefined;
  if (why !== undefined) {
    issues.push({
      path: [...path, "reach"],
      at: "key",
      message: `whereTarget is missing: ${why}, so the target must be checked`,
      hint: "whereTarget: <CEL; object is the live object that would be acted upon>",
    });
  }
  return issues;
}

/** Why the trigger proves nothing about the target of a rule with a reach. */
function findBlindness(
  fields: Readonly<Record<string, unknown>>,
  resource: unknown,
): string | undefined {
  if (isEvents(resource)) {
    return "anyone who may create Events can write one about any object";
  }
  const selecting = findPointerSelection(fields);
  if (selecting !== undefined) {
    return `${selecting} selects its targets by what the object says, and whoever may write the object can say anything`;
  }
  const pointer = findPointerTarget(fields);
  if (pointer === undefined) return undefined;
  const { action, selector } = pointer;
  return `${action} acts upon what the object refers to (relation: ${String(selector["relation"])}), and whoever may write the object can refer to any`;
}

/** The fields of a rule without issues. */
export function toAuthority(rule: RuleDocument): Pick<Rule, "reach" | "whereTarget"> {
  const { reach, whereTarget } = rule;
  return {
    ...(reach === undefined ? {} : { reach }),
    ...(whereTarget === undefined ? {} : { whereTarget }),
  };
}
