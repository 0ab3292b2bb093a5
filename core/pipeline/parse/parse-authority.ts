import { isPlainObject } from "../../json/canonical-json.ts";
import type { RuleDocument } from "./document.ts";
import { isRemediation, checkExpression } from "./parse-actions.ts";
import type { PipelineIssue, Rule, RuleAction } from "../pipeline.ts";
import { isEvents } from "../../references/is-events.ts";

type Path = readonly (string | number)[];

const KEYS = ["reach", "whereTarget"] as const;

/**
 * What the schema cannot tell about `reach` and `whereTarget`: CEL, that the rule acts at all, and that a rule on Events that
 * reaches out of their namespace looks at what it would act upon, as an Event proves nothing about it.
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
  const remediates = isRemediation(then);
  const idle = KEYS.find((key) => fields[key] !== undefined);
  if (idle !== undefined && then.length > 0 && !remediates) {
    const message = `${idle} needs an action that remediates: this rule only alerts`;
    issues.push({ path: [...path, idle], at: "key", message });
  }
  const resource = isPlainObject(on) ? on["resource"] : undefined;
  if (remediates && isEvents(resource) && reach !== undefined && whereTarget === undefined) {
    issues.push({
      path: [...path, "reach"],
      at: "key",
      message:
        "whereTarget is missing: whoever may create Events can write one about any object, so what is in reach must be looked at",
      hint: "whereTarget: <CEL; object is the live object that would be acted upon>",
    });
  }
  return issues;
}

/** Of a rule without issues. */
export function toAuthority(rule: RuleDocument): Pick<Rule, "reach" | "whereTarget"> {
  const { reach, whereTarget } = rule;
  return {
    ...(reach === undefined ? {} : { reach }),
    ...(whereTarget === undefined ? {} : { whereTarget }),
  };
}
