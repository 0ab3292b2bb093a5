import * as v from "valibot";
import { OBJECT_GONE } from "../contract/object-gone.ts";
import { readField } from "../../json/read-json.ts";
import { describeAddress } from "../../operations/describe-operation.ts";
import { parseDuration } from "../../text/duration.ts";
import type { Action } from "../contract/action.ts";
import { readTarget, refused } from "../contract/change-target.ts";
import { durationSchema } from "../contract/duration-schema.ts";
import { graceSchema } from "../contract/pod-parameters.ts";
import {
  targetSchema,
  toTargetPermissions,
  toTargetResources,
  type TargetParameter,
} from "../contract/target.ts";

export type EvictPodParameters = {
  readonly target: TargetParameter;
  readonly gracePeriodSeconds?: number | undefined;
  readonly within: string;
};

const TARGETS = { kinds: { pods: "Pod" }, others: false };
const MIRROR = "kubernetes.io/config.mirror";

/**
 * Evicts a Pod, as a drain does: PodDisruptionBudgets are respected. While one does not allow it the remediation waits, at most `within`
 * (default 1h). Refused, besides what every action refuses, with MirrorPod, because the kubelet runs it from a file on the Node.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
 */
export const evictPod: Action<EvictPodParameters> = {
  name: "evictPod",
  schema: v.strictObject({
    target: targetSchema(TARGETS),
    gracePeriodSeconds: graceSchema,
    within: v.optional(durationSchema, "1h"),
  }),
  remediates: true,
  targets: TARGETS,
  verb: "evict",
  isUnmarked: true,
  expressions: [],
  permissions({ target }, on) {
    const pods = toTargetResources(target, TARGETS, on);
    return [
      ...toTargetPermissions(pods, ["get"]),
      ...toTargetPermissions(pods, ["create"], "/eviction"),
    ];
  },
  next(state) {
    const live = readTarget(state, TARGETS);
    if ("outcome" in live) return live;
    const { object, address } = live;
    if (readField(object, "metadata", "annotations", MIRROR) !== undefined) {
      const message = `${describeAddress(address)} is a static Pod: its kubelet would run it again`;
      return refused({ code: "MirrorPod", message });
    }
    const { uid, ...target } = address;
    const { gracePeriodSeconds, within } = state.parameters;
    const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
    const withinMs = parseDuration(within) ?? 0;
    return {
      outcome: "operations",
      operations: [{ type: "evict", name: "evictPod", target, uid, withinMs, ...grace }],
      target: object,
      check: OBJECT_GONE,
    };
  },
};
