import * as v from "valibot";
import type { Action } from "../contract/action.ts";
import { changeTarget, managedSchema, toWanted } from "../contract/change-target.ts";
import { targetSchema, toPatchPermissions, type TargetParameter } from "../contract/target.ts";

export type CordonParameters = {
  readonly target: TargetParameter;
  readonly managed: "refuse" | "act";
};

const TARGETS = { kinds: { nodes: "Node" }, others: false };

/** Sets or removes `spec.unschedulable` of a Node, as `kubectl cordon` and `kubectl uncordon` do. */
function toAction(name: string, unschedulable: true | undefined): Action<CordonParameters> {
  return {
    name,
    schema: v.strictObject({ target: targetSchema(TARGETS), managed: managedSchema }),
    remediates: true,
    targets: TARGETS,
    expressions: [],
    permissions: toPatchPermissions(TARGETS),
    // The API server does not store false.
    next: (state) =>
      changeTarget(state, { name, ...TARGETS }, () =>
        toWanted({ path: ["spec", "unschedulable"], to: unschedulable }),
      ),
  };
}

export const cordon: Action<CordonParameters> = toAction("cordon", true);
export const uncordon: Action<CordonParameters> = toAction("uncordon", undefined);
