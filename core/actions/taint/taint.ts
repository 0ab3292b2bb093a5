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
  decide: ({ parameters: { key, effect, value } }) => {
    const to = { key, ...(value === undefined ? {} : { value }), effect };
    return toWanted({ path: ["spec", "taints", { key, effect }], to });
  },
});

/** Removes the taint with this key and effect from a Node. */
export const untaint: Action<UntaintParameters> = createChangeAction({
  name: "untaint",
  targets: TARGETS,
  schema: v.strictObject(common),
  decide: ({ parameters: { key, effect } }) =>
    toWanted({ path: ["spec", "taints", { key, effect }], to: undefined }),
});
