import * as v from "valibot";
import { readField } from "../../json/read-json.ts";
import { RESTARTED_AT } from "../../operations/source-digest.ts";
import type { Action } from "../contract/action.ts";
import { createChangeAction } from "../contract/change-action.ts";
import { toRefusal } from "../contract/change-target.ts";
import { targetSchema, type TargetParameter } from "../contract/target.ts";
import { ROLLING, toRolloutCheck } from "../contract/workloads.ts";

export type RestartRolloutParameters = { readonly target: TargetParameter };

const PATH = ["spec", "template", "metadata", "annotations", RESTARTED_AT];
const TARGETS = { kinds: ROLLING, others: false };

/**
 * Replaces the Pods of a workload by its own strategy, by an annotation in the Pod template. Refused, besides what every action refuses,
 * with RolloutPaused and OnDelete, because nothing would happen. A ReplicaSet cannot be restarted: it does not replace Pods.
 */
export const restartRollout: Action<RestartRolloutParameters> = createChangeAction({
  name: "restartRollout",
  targets: TARGETS,
  schema: v.strictObject({ target: targetSchema(TARGETS) }),
  writes: () => [{ path: PATH }],
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
    const { stage = 0, now } = state;
    // The time of the plan, which an earlier stage may have written: in another one it is another time, and a restart of its own.
    const to = new Date(Date.parse(now) + stage).toISOString();
    // Somebody else's restart since then is no reason to fail.
    const field = { path: PATH, to, overwrite: true } as const;
    return { ok: true, value: { fields: [field], check: toRolloutCheck(kind) } };
  },
});
