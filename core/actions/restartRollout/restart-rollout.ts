import * as v from "valibot";
import { readField } from "../../json/read-json.ts";
import type { Action } from "../contract/action.ts";
import { createChangeAction } from "../contract/change-action.ts";
import { toRefusal } from "../contract/change-target.ts";
import { targetSchema, type TargetParameter } from "../contract/target.ts";
import { ROLLING, toRolloutCheck } from "../contract/workloads.ts";

export type RestartRolloutParameters = { readonly target: TargetParameter };

const TARGETS = { kinds: ROLLING, others: false };
/** As `kubectl rollout restart` does it. */
const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

/**
 * Replaces the Pods of a workload by its own strategy, by an annotation in the Pod template. Refused, besides what every action refuses,
 * with RolloutPaused and OnDelete, because nothing would happen. A ReplicaSet cannot be restarted: it does not replace Pods.
 */
export const restartRollout: Action<RestartRolloutParameters> = createChangeAction({
  name: "restartRollout",
  targets: TARGETS,
  schema: v.strictObject({ target: targetSchema(TARGETS) }),
  decide: (state, { object, address }) => {
    const { kind, name } = address;
    if (readField(object, "spec", "paused") === true) {
      return toRefusal(
        "RolloutPaused",
        `${kind} ${name} is paused, so no Pod would be replaced: resume it`,
      );
    }
    if (readField(object, "spec", "updateStrategy", "type") === "OnDelete") {
      return toRefusal(
        "OnDelete",
        `${kind} ${name} has updateStrategy OnDelete, so no Pod would be replaced: use evictPod`,
      );
    }
    const path = ["spec", "template", "metadata", "annotations", RESTARTED_AT];
    return {
      ok: true,
      value: { fields: [{ path, to: state.now }], check: toRolloutCheck(kind) },
    };
  },
});
