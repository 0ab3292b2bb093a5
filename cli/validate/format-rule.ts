import { isRemediation } from "../../core/actions/registry.ts";
import type { Once, Rule } from "../../core/pipeline/pipeline.ts";

export type RuleFacts = {
  /** Undefined if no option asked for type checks. */
  readonly isTyped: boolean | undefined;
  /** Its watch reads only the metadata of objects. */
  readonly metadataOnly: boolean;
};

/** What a rule means, in lines: when it acts, once per which episode, where it may act, and whether its types were checked. */
export function formatRule(rule: Rule, facts: RuleFacts): readonly string[] {
  const { isTyped, metadataOnly } = facts;
  const what = metadataOnly ? " (metadata only)" : "";
  const { id, on, mode, then, whereTarget } = rule;
  const actions = then.map(({ action }) => action).join(", ");
  const typed =
    isTyped === true ? "checked" : `not checked: the schema of ${on.resource} is unknown`;
  return [
    `  ${id}: on ${on.resource} ${on.changes.join("/")}${what}, once ${formatOnce(rule.once)}, ${mode}: ${actions}`,
    `      once         ${formatKey(rule.once)}`,
    ...(isRemediation(then) ? [`      reach        ${formatReach(rule)}`] : []),
    ...(isRemediation(then) ? [`      if gone      ${formatIfGone(rule)}`] : []),
    ...(whereTarget === undefined ? [] : [`      whereTarget  ${whereTarget.trim()}`]),
    ...(isTyped === undefined ? [] : [`      types        ${typed}`]),
  ];
}

function formatOnce(once: Once): string {
  switch (once.type) {
    case "condition":
      return `per ${once.condition} condition`;
    case "key":
      return `per ${once.expression}`;
    case "object":
    case "generation":
    case "change":
      return `per ${once.type}`;
  }
}

/** The key of the episode, as the record stores it: see `core/pipeline/parse/parse-once.ts`. */
function formatKey(once: Once): string {
  switch (once.type) {
    case "condition":
      return `condition/${once.condition}/<its lastTransitionTime>`;
    case "key":
      return `key/<${once.expression}>`;
    case "generation":
      return "generation/<metadata.generation>";
    case "change":
      return "change/<id of the change>";
    case "object":
      return "object";
  }
}

/** What happens if the object is gone before its remediation begins. */
function formatIfGone({ ifGone, on }: Rule): string {
  if (!on.changes.some((change) => change === "added" || change === "modified")) {
    return "it always is: the rule is about deletions";
  }
  return ifGone === "act"
    ? "act on its last reported state, if the message is signed"
    : "refuse, and send the rule's alerts";
}

function formatReach({ reach }: Rule): string {
  if (reach === undefined) return "the object itself and its namespace";
  if (reach === "cluster") return "cluster";
  return `the object itself, its namespace, and ${reach.join(", ")}`;
}
