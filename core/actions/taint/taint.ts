import * as v from "valibot";
import type { Action } from "../contract/action.ts";
import { createChangeAction } from "../contract/change-action.ts";
import { managedSchema, toWanted } from "../contract/change-target.ts";
import { targetSchema, type TargetParameter } from "../contract/target.ts";

type Effect = "NoSchedule" | "PreferNoSchedule" | "NoExecute";

export type UntaintParameters = {
  readonly target: TargetParameter;
  readonly key: string;
  readonly effect: Effect;
  readonly managed: "refuse" | "act";
};

export type TaintParameters = UntaintParameters & { readonly value?: string | undefined };

const TARGETS = { kinds: { nodes: "Node" }, others: false };
const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

const common = {
  target: targetSchema(TARGETS),
  key: v.pipe(v.string(), v.nonEmpty("expected the key of a taint")),
  effect: v.picklist(EFFECTS, `expected one of ${EFFECTS.join(", ")}`),
  managed: managedSchema,
};

/** Adds a taint to a Node, or replaces the value of the one with this key and effect. */
export const taint: Action<TaintParameters> = createChangeAction({
  name: "taint",
  targets: TARGETS,
  schema: v.strictObject({ ...common, value: v.optional(v.string()) }),
  writes: ({ key, effect, value }) => [toField(key, effect, toTaint(key, effect, value))],
  decide: ({ parameters: { key, effect, value } }) => {
    return toWanted(toField(key, effect, toTaint(key, effect, value)));
  },
});

/** Removes the taint with this key and effect from a Node. */
export const untaint: Action<UntaintParameters> = createChangeAction({
  name: "untaint",
  targets: TARGETS,
  schema: v.strictObject(common),
  writes: ({ key, effect }) => [toField(key, effect, null)],
  decide: ({ parameters: { key, effect } }) => toWanted(toField(key, effect, undefined)),
});

function toField<T>(key: string, effect: Effect, to: T) {
  return { path: ["spec", "taints", { key, effect }], to };
}

function toTaint(key: string, effect: Effect, value: string | undefined) {
  return { key, ...(value === undefined ? {} : { value }), effect };
}
