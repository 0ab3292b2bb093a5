import * as v from "valibot";
import type { KubernetesObject } from "../../../events/change.ts";
import { OBJECT_GONE } from "../contract/object-gone.ts";
import { readField, readList } from "../../json/read-json.ts";
import { describeAddress } from "../../operations/describe-operation.ts";
import type { DeleteOperation } from "../../operations/operation.ts";
import type { Action } from "../contract/action.ts";
import { readTarget, refused } from "../contract/change-target.ts";
import { toWalkPermissions } from "../contract/owner-walk.ts";
import { graceSchema } from "../contract/pod-parameters.ts";
import {
  targetSchema,
  toTargetPermissions,
  toTargetResources,
  type Refusal,
  type TargetParameter,
} from "../contract/target.ts";

export type DeleteObjectParameters = {
  readonly target: TargetParameter;
  readonly propagationPolicy: DeleteOperation["propagationPolicy"];
  readonly gracePeriodSeconds?: number | undefined;
  readonly finalizers: "refuse" | "allow";
  readonly controlled: "refuse" | "act";
};

const TARGETS = { kinds: {}, others: true };
const POLICIES = ["Background", "Foreground", "Orphan"] as const;

/**
 * Deletes one object by its uid. Refused, besides what every action refuses, with HasFinalizers, because the object stays until they are
 * removed, and with Controlled, because its controller would create it again. An object that is being deleted is deleted again only with
 * `gracePeriodSeconds`, which shortens the wait.
 */
export const deleteObject: Action<DeleteObjectParameters> = {
  name: "deleteObject",
  schema: v.strictObject({
    target: targetSchema(TARGETS),
    propagationPolicy: v.optional(
      v.picklist(POLICIES, `expected one of ${POLICIES.join(", ")}`),
      "Background",
    ),
    gracePeriodSeconds: graceSchema,
    finalizers: v.optional(v.picklist(["refuse", "allow"], "expected refuse or allow"), "refuse"),
    controlled: v.optional(v.picklist(["refuse", "act"], "expected refuse or act"), "refuse"),
  }),
  remediates: true,
  targets: TARGETS,
  verb: "delete",
  isUnmarked: true,
  expressions: [],
  permissions: ({ target }, on) => [
    ...toTargetPermissions(toTargetResources(target, TARGETS, on), ["delete", "get"]),
    ...toWalkPermissions(target, TARGETS, on),
  ],
  next(state) {
    const live = readTarget(state, TARGETS, true);
    if ("outcome" in live) return live;
    const { object, address } = live;
    const { gracePeriodSeconds, propagationPolicy } = state.parameters;
    const isLeaving = object.metadata["deletionTimestamp"] !== undefined;
    if (isLeaving && gracePeriodSeconds === undefined) {
      return { outcome: "done", message: `${describeAddress(address)} is being deleted already` };
    }
    const problem = findProblem(state.parameters, object, describeAddress(address));
    if (problem !== undefined) return refused(problem);
    const { uid, ...target } = address;
    const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
    return {
      outcome: "operations",
      operations: [
        { type: "delete", name: "deleteObject", target, uid, propagationPolicy, ...grace },
      ],
      target: object,
      check: OBJECT_GONE,
    };
  },
};

function findProblem(
  { finalizers, controlled }: DeleteObjectParameters,
  object: KubernetesObject,
  name: string,
): Refusal | undefined {
  const pending = readList(readField(object, "metadata", "finalizers"));
  if (finalizers === "refuse" && pending.length > 0) {
    const message = `${name} has the finalizers ${pending.slice(0, 3).join(", ")} and stays until their controllers have removed them: set finalizers: allow in the rule to delete it nevertheless`;
    return { code: "HasFinalizers", message };
  }
  const owners = readList(readField(object, "metadata", "ownerReferences"));
  const controller = owners.find((owner) => readField(owner, "controller") === true);
  if (controlled === "act" || controller === undefined) return undefined;
  const of = `${String(readField(controller, "kind"))} ${String(readField(controller, "name"))}`;
  const message = `${name} is controlled by ${of}, which may create it again: delete that instead, or set controlled: act in the rule`;
  return { code: "Controlled", message };
}
