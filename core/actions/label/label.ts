import * as v from "valibot";
import { RECORD_GROUP } from "../../../events/remediation.ts";
import type { Action } from "../contract/action.ts";
import { changeTarget, managedSchema, toRefusal, toWanted } from "../contract/change-target.ts";
import { readRuleValue, ruleValueSchema, type RuleValue } from "../contract/rule-value.ts";
import { targetSchema, toPatchPermissions, type TargetParameter } from "../contract/target.ts";

export type LabelParameters = {
  readonly target: TargetParameter;
  readonly set: Readonly<Record<string, RuleValue<string>>>;
  readonly remove: readonly string[];
  readonly managed: "refuse" | "act";
};

const TARGETS = { kinds: {}, others: true };
const LABEL_MAX_LENGTH = 63;

const key = v.pipe(
  v.string("expected a key"),
  v.regex(
    new RegExp(`^(?!([a-z0-9-]+\\.)*${RECORD_GROUP.replaceAll(".", "\\.")}/).+$`),
    `expected a key outside ${RECORD_GROUP}, which says what Kubemend did`,
  ),
);

/**
 * Sets and removes labels or annotations; a value may be CEL that gives a text. Refused, besides what every action refuses, with NoText
 * and, for a label, with TooLong.
 */
function toAction(name: string, map: "labels" | "annotations"): Action<LabelParameters> {
  return {
    name,
    schema: v.strictObject({
      target: targetSchema(TARGETS),
      set: v.optional(v.record(key, ruleValueSchema(v.string(), "a text")), {}),
      remove: v.optional(v.array(key), []),
      managed: managedSchema,
    }),
    remediates: true,
    expressions: [],
    permissions: toPatchPermissions(TARGETS),
    next: (state) =>
      changeTarget(state, { name, ...TARGETS }, () => {
        const { set, remove } = state.parameters;
        const fields = [];
        for (const [of, value] of Object.entries(set)) {
          const to = readRuleValue(value, state.evaluate);
          if (typeof to !== "string") {
            return toRefusal(
              "NoText",
              `${of} would be ${JSON.stringify(to)}: string(x) gives a text`,
            );
          }
          if (map === "labels" && to.length > LABEL_MAX_LENGTH) {
            const message = `the label ${of} would have ${to.length} characters, and it may have ${LABEL_MAX_LENGTH}: use annotate`;
            return toRefusal("TooLong", message);
          }
          fields.push({ path: ["metadata", map, of], to });
        }
        const removed = remove.map((of) => ({ path: ["metadata", map, of], to: undefined }));
        return toWanted(...fields, ...removed);
      }),
  };
}

export const label: Action<LabelParameters> = toAction("label", "labels");
export const annotate: Action<LabelParameters> = toAction("annotate", "annotations");
