import * as v from "valibot";
import type { Action } from "../contract/action.ts";
import { createChangeAction } from "../contract/change-action.ts";
import { managedSchema, toWanted } from "../contract/change-target.ts";
import { labelKey } from "../contract/label-key.ts";
import { ruleValueSchema } from "../contract/rule-value.ts";
import { toTexts, type TextValues } from "../contract/text-values.ts";
import { targetSchema, type TargetParameter } from "../contract/target.ts";
import { toWritten } from "../contract/written-field.ts";

export type LabelParameters = {
  readonly target: TargetParameter;
  readonly set: TextValues;
  readonly remove: readonly string[];
  readonly managed: "refuse" | "act";
};

const TARGETS = { kinds: {}, others: true };

/**
 * Sets and removes labels or annotations; a value may be CEL that gives a text. Refused, besides what every action refuses, with NoText
 * and, for a label, with TooLong.
 */
function toAction(name: string, map: "labels" | "annotations"): Action<LabelParameters> {
  return createChangeAction<LabelParameters>({
    name,
    targets: TARGETS,
    schema: v.strictObject({
      target: targetSchema(TARGETS),
      set: v.optional(v.record(labelKey, ruleValueSchema(v.string(), "a text")), {}),
      remove: v.optional(v.array(labelKey), []),
      managed: managedSchema,
    }),
    writes: ({ set, remove }) => [
      ...Object.entries(set).map(([of, to]) => toWritten(["metadata", map, of], to)),
      ...remove.map((of) => ({ path: ["metadata", map, of], to: null })),
    ],
    decide: (state) => {
      const { set, remove } = state.parameters;
      const texts = toTexts(set, state.evaluate, map === "labels");
      if (!texts.ok) return texts;
      const fields = Object.entries(texts.value).map(([of, to]) => ({
        path: ["metadata", map, of],
        to,
      }));
      const removed = remove.map((of) => ({ path: ["metadata", map, of], to: undefined }));
      return toWanted(...fields, ...removed);
    },
  });
}

export const label: Action<LabelParameters> = toAction("label", "labels");
export const annotate: Action<LabelParameters> = toAction("annotate", "annotations");
