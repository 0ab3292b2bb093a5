import * as v from "valibot";
import { toStoredChain } from "../../operations/loops/chain.ts";
import { toPodsOf, type FanOutOperation } from "../../operations/fan-out.ts";
import { parseDuration } from "../../text/duration.ts";
import type { Action, ActionState } from "../contract/action.ts";
import { toAddressBeside } from "../contract/cluster.ts";
import {
  changeTarget,
  managedSchema,
  readTarget,
  toWanted,
  withoutManagers,
  type LiveTarget,
} from "../contract/change-target.ts";
import { graceSchema, withinSchema } from "../contract/pod-parameters.ts";
import {
  targetSchema,
  toTargetPermissions,
  toTargetResources,
  type TargetParameter,
} from "../contract/target.ts";
import { UNSCHEDULABLE } from "../contract/written-field.ts";

export type DrainParameters = {
  readonly target: TargetParameter;
  readonly force: boolean;
  readonly deleteEmptyDirData: boolean;
  readonly podSelector?: string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly within: string;
  readonly managed: "refuse" | "act";
};

const NODES = { kinds: { nodes: "Node" }, others: false };
const flag = v.optional(v.boolean("expected true or false"), false);

/**
 * Drains a Node as `kubectl drain --ignore-daemonsets` does: it is cordoned, then its Pods are evicted, each waiting for its
 * PodDisruptionBudget at most `within` (default 1h), until none is left that has to go. Nothing is done at all, so the Node is not
 * cordoned either, if one of its Pods is refused with UnmanagedPod or LocalStorage.
 */
export const drain: Action<DrainParameters> = {
  name: "drain",
  schema: v.strictObject({
    target: targetSchema(NODES),
    force: flag,
    deleteEmptyDirData: flag,
    podSelector: v.optional(v.pipe(v.string(), v.nonEmpty("expected a label selector"))),
    gracePeriodSeconds: graceSchema,
    within: withinSchema,
    managed: managedSchema,
  }),
  remediates: true,
  isUnmarked: true,
  targets: NODES,
  expressions: [],
  permissions: ({ target }, on) => [
    ...toTargetPermissions(toTargetResources(target, NODES, on), ["get", "patch"]),
    ...toTargetPermissions([{ group: "", resource: "pods" }], ["get", "list"]),
    ...toTargetPermissions([{ group: "", resource: "pods" }], ["create"], "/eviction"),
  ],
  writes: () => [{ path: UNSCHEDULABLE, to: true }],
  next(state) {
    const live = readTarget(state, NODES);
    if ("outcome" in live) return live;
    const cordoned = changeTarget(state, { name: "cordon", ...NODES }, () =>
      toWanted({ path: UNSCHEDULABLE, to: true }),
    );
    if (cordoned.outcome === "read" || cordoned.outcome === "refused") return cordoned;
    const cordoning = cordoned.outcome === "operations" ? cordoned.operations : [];
    const evicting = toEvictions(state, live.address);
    const target = withoutManagers(live.object);
    return { outcome: "operations", operations: [...cordoning, evicting], target };
  },
};

function toEvictions(
  { parameters, now, chain }: ActionState<DrainParameters>,
  { name: node, cluster }: LiveTarget["address"],
): FanOutOperation {
  const { force, deleteEmptyDirData, podSelector, gracePeriodSeconds, within } = parameters;
  const kinds = { group: "", version: "v1", resource: "pods", kind: "Pod" };
  const pods = toAddressBeside(kinds, { namespace: null, cluster });
  const selector = podSelector === undefined ? {} : { labelSelector: podSelector };
  return {
    type: "fanOut",
    name: "drain",
    action: "evictPod",
    parameters: { within, ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }) },
    values: {},
    verb: "evict",
    collections: [{ ...pods, ...selector, fieldSelector: toPodsOf(node) }],
    filter: { type: "drain", force, deleteEmptyDirData },
    untilNone: true,
    giveUpAfterMs: parseDuration(within) ?? 0,
    plannedAt: now,
    ...toStoredChain(chain),
    found: { count: 0, names: [] },
  };
}
