import * as v from "valibot";
import type { Action } from "../contract/action.ts";
import { createChangeAction } from "../contract/change-action.ts";
import { managedSchema, toWanted } from "../contract/change-target.ts";
import { targetSchema, type TargetParameter } from "../contract/target.ts";
import { UNSCHEDULABLE } from "../contract/written-field.ts";

export type CordonParameters = {
  readonly target: TargetParameter;
  readonly managed: "refuse" | "act";
};

const TARGETS = { kinds: { nodes: "Node" }, others: false };

/** Sets or removes `spec.unschedulable` of a Node, as `kubectl cordon` and `kubectl uncordon` do. */
function toAction(name: string, unschedulable: true | undefined): Action<CordonParameters> {
  return createChangeAction({
    name,
    targets: TARGETS,
    schema: v.strictObject({ target: targetSchema(TARGETS), managed: managedSchema }),
    writes: () => [{ path: UNSCHEDULABLE, to: unschedulable ?? null }],
    // The API server does not store false.
    decide: () => toWanted({ path: UNSCHEDULABLE, to: unschedulable }),
  });
}

export const cordon: Action<CordonParameters> = toAction("cordon", true);
export const uncordon: Action<CordonParameters> = toAction("uncordon", undefined);
