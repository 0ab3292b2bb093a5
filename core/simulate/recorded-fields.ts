import type { ChangedAnswer, ChangeMessage } from "../../events/change.ts";
import { sha256 } from "../../events/ids.ts";
import { isAffected } from "../cel/read-paths.ts";
import { toComparedText } from "../changes/compare-fields.ts";
import { readChanged } from "../decide/changed-fields.ts";
import { parseFieldPattern, type FieldPattern } from "../json/field-pattern.ts";
import type { Rule } from "../pipeline/pipeline.ts";

/** Most states that are remembered, over all rules and objects. What is not remembered is unknown. */
const MAX_STATES = 200_000;

/**
 * Answers whether the fields of rules have changed from one recorded state of an object to the next, for rules that were not in use when
 * it was recorded. What the relay has said of the very same rule stays as it is. Fields that the recording does not contain, because they
 * were redacted or not read, are unknown. The messages must come in the order of the recording.
 */
export type RecordedFields = {
  readonly answer: (message: ChangeMessage, rules: readonly Rule[]) => ChangeMessage;
};

export function createRecordedFields(maxStates: number = MAX_STATES): RecordedFields {
  const states = new Map<string, string>();
  const answerRule = (rule: Rule, fields: readonly FieldPattern[], message: ChangeMessage) => {
    const { data } = message;
    const key = `${data.watch} ${data.object.metadata.uid} ${rule.id}`;
    const before = states.get(key);
    states.delete(key);
    const isGone = data.change === "deleted" || data.change === "left";
    if (isGone || !isContained(fields, message)) return "unknown";
    const now = sha256(toComparedText(data.object, fields));
    if (states.size < maxStates) states.set(key, now);
    if (data.change !== "modified" || data.gap === true || before === undefined) return "unknown";
    return before === now ? "no" : "yes";
  };
  return {
    answer(message, rules) {
      const digests: Record<string, string> = {};
      const changed: Record<string, ChangedAnswer> = {};
      for (const rule of rules) {
        const fields = rule.on.changed?.fields;
        if (fields === undefined) continue;
        const own = answerRule(rule, fields, message);
        const recorded = message.data.rules[rule.id] === rule.digest;
        digests[rule.id] = rule.digest;
        changed[rule.id] = recorded ? (readChanged(rule, message) ?? "unknown") : own;
      }
      const { data } = message;
      if (Object.keys(changed).length === 0) return message;
      return {
        ...message,
        data: {
          ...data,
          rules: { ...data.rules, ...digests },
          changed: { ...data.changed, ...changed },
        },
      };
    },
  };
}

function isContained(fields: readonly FieldPattern[], { data }: ChangeMessage): boolean {
  const isMetadata = data.payload === "metadata" || data.truncated === true;
  if (isMetadata && fields.some(([first]) => first !== "metadata")) return false;
  const removed = (data.redacted ?? []).flatMap((text) => {
    const pattern = parseFieldPattern(text);
    return pattern.ok ? [pattern.value] : [];
  });
  return !fields.some((path) => removed.some((one) => isAffected({ path, whole: true }, one)));
}
