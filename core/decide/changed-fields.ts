import type { ChangedAnswer, ChangeMessage } from "../../events/change.ts";
import type { RequestData } from "../../events/request.ts";
import { formatFieldPattern } from "../json/field-pattern.ts";
import type { Rule } from "../pipeline/pipeline.ts";

/**
 * Whether the fields that a rule compares have changed, according to a message. What was compared for another version of the rule may
 * have been other fields, so it says nothing. Undefined if the rule compares none.
 */
export function readChanged(rule: Rule, { data }: ChangeMessage): ChangedAnswer | undefined {
  if (rule.on.changed === undefined) return undefined;
  const isOwn = Object.hasOwn(data.rules, rule.id) && data.rules[rule.id] === rule.digest;
  const { changed = {} } = data;
  return (isOwn && Object.hasOwn(changed, rule.id) ? changed[rule.id] : undefined) ?? "unknown";
}

/** Why a rule that compares fields does not match; undefined if it may. */
export function findUnchanged(
  { on: { changed } }: Rule,
  answer: ChangedAnswer | undefined,
): string | undefined {
  if (changed === undefined || answer === "yes") return undefined;
  const fields = changed.fields.map(formatFieldPattern).join(", ");
  if (answer === "no") return `${fields}: no change since the state that was delivered before`;
  if (changed.unknown === "act") return undefined;
  return `it is not known whether ${fields} changed, and the rule then skips (on.changed.unknown)`;
}

/**
 * Why a request is not borne out by what it says of the compared fields, which the cluster cannot show; undefined if it is. It counts only
 * if the request is signed, and was decided by this very version of the rule.
 */
export function findUnshownFields(
  rule: Rule,
  { rule: decidedBy, change }: Pick<RequestData, "rule" | "change">,
  isSigned: boolean,
): string | undefined {
  if (rule.on.changed === undefined) return undefined;
  if (isSigned) {
    return findUnchanged(rule, decidedBy.digest === rule.digest ? change.changed : "unknown");
  }
  const fields = rule.on.changed.fields.map(formatFieldPattern).join(", ");
  return `nothing shows that ${fields} changed`;
}
