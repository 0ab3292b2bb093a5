import * as v from "valibot";
import type { KubernetesObject } from "../../../events/change.ts";
import { describeJson } from "../../json/describe-json.ts";
import { readField } from "../../json/read-json.ts";
import { withReplicas } from "../../operations/scale-object.ts";
import type { ReadOperation } from "../../operations/operation.ts";
import { findResource } from "../../references/find-resource.ts";
import { toGroup } from "../../references/api-version.ts";
import { ok, type Result } from "../../result.ts";
import { QUOTED_MAX_LENGTH } from "../../text/limit-message.ts";
import type { Action, ActionState, Permission } from "../contract/action.ts";
import { toActingCatalog, toAddressBeside } from "../contract/cluster.ts";
import { createChangeAction } from "../contract/change-action.ts";
import {
  managedSchema,
  toRefusal,
  type LiveTarget,
  type Wanted,
} from "../contract/change-target.ts";
import { toWalkPermissions } from "../contract/owner-walk.ts";
import { readRuleValue } from "../contract/rule-value.ts";
import {
  targetSchema,
  toTargetPermissions,
  toTargetResources,
  type Refusal,
  type TargetParameter,
} from "../contract/target.ts";
import { toRolloutCheck } from "../contract/workloads.ts";

export type ScaleParameters = {
  readonly target: TargetParameter;
  readonly replicas: number | { readonly cel: string } | { readonly by: number };
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly autoscaled: "refuse" | "act";
  readonly managed: "refuse" | "act";
};

const TARGETS = {
  kinds: {
    "deployments.apps": "Deployment",
    "statefulsets.apps": "StatefulSet",
    "replicasets.apps": "ReplicaSet",
  },
  others: true,
};
const AUTOSCALERS = "horizontalpodautoscalers.autoscaling";
const count = v.pipe(
  v.number("expected a number"),
  v.integer("expected an integer"),
  v.minValue(0),
);

/**
 * Sets the number of replicas through the scale subresource, of a workload or any custom resource that has one: to a number, to the
 * value of CEL, or `{by: 1}` from what it is; never beyond `min` and `max`; below zero it is refused, unless `min` is written. Refused, besides what every action refuses, with NoScale,
 * NoCount and Autoscaled, because a HorizontalPodAutoscaler would set it back.
 */
export const scale: Action<ScaleParameters> = createChangeAction({
  name: "scale",
  targets: TARGETS,
  schema: v.strictObject({
    target: targetSchema(TARGETS),
    replicas: v.union(
      [
        count,
        v.strictObject({ cel: v.pipe(v.string(), v.nonEmpty("expected CEL")) }),
        v.strictObject({ by: v.pipe(v.number(), v.integer()) }),
      ],
      "expected a number, {by: 1} or {cel: <expression>}",
    ),
    min: v.optional(count),
    max: v.optional(count),
    autoscaled: v.optional(v.picklist(["refuse", "act"], "expected refuse or act"), "refuse"),
    managed: managedSchema,
  }),
  permissions: toPermissions,
  isUnmarked: true,
  // Bounds and an autoscaler decide, too.
  writes: () => [{ path: ["spec", "replicas"] }],
  decide: (state, live) => {
    const missing = toReads(state, live);
    return missing.length > 0 ? { reads: missing } : toReplicas(state, live);
  },
});

/** The scale of the target and, if they count, the autoscalers beside it. */
function toReads(
  state: ActionState<ScaleParameters>,
  { address }: LiveTarget,
): readonly ReadOperation[] {
  const { observed, parameters } = state;
  const { uid: _uid, ...of } = address;
  const reads: ReadOperation[] = [];
  if (!observed.has("scale")) {
    const target = { ...of, subresource: "scale" } as const;
    reads.push({ type: "get", as: "scale", target });
  }
  const autoscalers = findResource(toActingCatalog(state), AUTOSCALERS);
  const counts = parameters.autoscaled === "refuse" && autoscalers !== undefined;
  if (counts && !observed.has("autoscalers")) {
    const target = toAddressBeside(autoscalers, address);
    reads.push({ type: "list", as: "autoscalers", target, fields: [["spec", "scaleTargetRef"]] });
  }
  return reads;
}

function toReplicas(
  { observed, parameters, evaluate }: ActionState<ScaleParameters>,
  live: LiveTarget,
): Result<Wanted, Refusal> {
  const name = `${live.address.kind} ${live.address.name}`;
  const answer = observed.get("scale");
  const object = answer?.type === "object" ? answer.object : null;
  if (object === null) return toRefusal("NoScale", `${name} has no scale subresource`);
  const autoscaler = findAutoscaler(observed.get("autoscalers"), live);
  if (autoscaler !== undefined) {
    const message = `${name} is scaled by HorizontalPodAutoscaler ${autoscaler}: change its bounds, or set autoscaled: act in the rule`;
    return toRefusal("Autoscaled", message);
  }
  const current = Number(readField(withReplicas(object), "spec", "replicas"));
  const { replicas, min, max = Number.MAX_SAFE_INTEGER } = parameters;
  const wanted =
    typeof replicas === "object" && "by" in replicas
      ? current + replicas.by
      : readRuleValue(replicas, evaluate);
  if (typeof wanted !== "number" || !Number.isSafeInteger(wanted)) {
    return toRefusal(
      "NoCount",
      `${name} would have ${describeJson(wanted, QUOTED_MAX_LENGTH)} replicas`,
    );
  }
  if (wanted < 0 && min === undefined) {
    const message = `${name} would have ${wanted} replicas: min says how many there are at least`;
    return toRefusal("NoCount", message);
  }
  const to = Math.min(Math.max(wanted, min ?? 0), max);
  return ok({
    fields: [{ path: ["spec", "replicas"], to }],
    check: toRolloutCheck(live.address.kind),
    scale: withReplicas(object),
  });
}

function findAutoscaler(
  answer: ReturnType<ActionState<unknown>["observed"]["get"]>,
  { address }: LiveTarget,
): string | undefined {
  const items: readonly KubernetesObject[] = answer?.type === "list" ? answer.items : [];
  return items.find((item) => {
    const of = readField(item, "spec", "scaleTargetRef");
    return (
      readField(of, "kind") === address.kind &&
      readField(of, "name") === address.name &&
      toGroup(readField(of, "apiVersion")) === address.group
    );
  })?.metadata.name;
}

function toPermissions(
  { target, autoscaled }: ScaleParameters,
  on: Parameters<Action<ScaleParameters>["permissions"]>[1],
): readonly Permission[] {
  const resources = toTargetResources(target, TARGETS, on);
  const own = [
    ...toTargetPermissions(resources, ["get"]),
    ...toTargetPermissions(resources, ["get", "patch"], "/scale"),
    ...toWalkPermissions(target, TARGETS, on),
  ];
  if (autoscaled === "act") return own;
  const autoscalers = { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"] };
  return [...own, { ...autoscalers, verbs: ["list"] }];
}
