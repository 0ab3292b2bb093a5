import { sha256 } from "../../../events/ids.ts";
import {
  MOVE_KIND,
  MOVE_RESOURCE,
  type MoveSelection,
  type MoveSpec,
} from "../../../events/moves/move.ts";
import { RECORD_GROUP, RECORD_VERSION } from "../../../events/remediation.ts";
import { toCauseAnnotations } from "../../operations/loops/cause-annotations.ts";
import { findResource } from "../../references/find-resource.ts";
import { toResourceName } from "../../references/resource-name.ts";
import { ok, type Result } from "../../result.ts";
import type { Action, ActionAnswer, ActionState, EffectCheck } from "../contract/action.ts";
import { readTarget, refused, toRefusal, withoutManagers } from "../contract/change-target.ts";
import { toCause } from "../contract/loop.ts";
import { toWalkPermissions } from "../contract/owner-walk.ts";
import {
  toTargetPermissions,
  toTargetResources,
  type Refusal,
  type TargetAddress,
} from "../contract/target.ts";
import { MOVE_TARGETS, moveSchema, type MoveParameters } from "./move-parameters.ts";
import { findStationary } from "./stationary.ts";

const BASE_MAX_LENGTH = 40;
const DIGEST_LENGTH = 12;

/**
 * A Move has had its effect if everything has moved. It never will if it was rolled back, and it needs a person if it has had the same problem
 * for a while, so that something that passes by itself, such as an outage of the target, is no failure.
 */
export const MOVED: EffectCheck = {
  expression: 'has(object.status) && object.status.phase == "Moved"',
  failed:
    '!has(object.status) ? "" : object.status.phase == "RolledBack" ? "it was rolled back" : has(object.status.problem) && now - timestamp(object.status.problem.since) > duration("10m") ? object.status.problem.reason + " (" + object.status.problem.wayOut + ")" : ""',
  withinMs: 60 * 60_000,
};

/**
 * Begins a Move of an object to another cluster, which the function transfer carries out. Its name depends only on the record, so that there is
 * only one. Refused, besides what every action refuses, with Bound if objects of a resource do not move, NotServed and NamespaceMissing.
 */
export const move: Action<MoveParameters> = {
  name: "move",
  schema: moveSchema,
  remediates: true,
  targets: MOVE_TARGETS,
  expressions: [],
  permissions: ({ target }, on) => [
    ...toTargetPermissions(toTargetResources(target, MOVE_TARGETS, on), ["get"]),
    ...toWalkPermissions(target, MOVE_TARGETS, on),
  ],
  next(state): ActionAnswer {
    const live = readTarget(state, MOVE_TARGETS);
    if ("outcome" in live) return live;
    const select = toSelections(state, live.address);
    if (!select.ok) return refused(select.error);
    const { rule, record, stage = 0 } = state;
    const digest = sha256(record.name, String(stage), rule.id, live.address.uid);
    const base = live.address.name
      .slice(0, BASE_MAX_LENGTH)
      .replaceAll(/[^-.a-z0-9]/g, "-")
      .replace(/[-.]+$/, "");
    return {
      outcome: "operations",
      operations: [
        {
          type: "createManifest",
          name: "move",
          target: {
            group: RECORD_GROUP,
            version: RECORD_VERSION,
            resource: MOVE_RESOURCE,
            kind: MOVE_KIND,
            namespace: record.namespace,
            name: `move-${base}-${digest.slice(0, DIGEST_LENGTH)}`,
          },
          metadata: { annotations: toCauseAnnotations(toCause(state)) },
          spec: toSpec(state.parameters, select.value),
        },
      ],
      target: withoutManagers(live.object),
      check: MOVED,
    };
  },
};

/** The target, and what moves together with it. */
function toSelections(
  { parameters, catalog }: ActionState<MoveParameters>,
  address: TargetAddress,
): Result<readonly MoveSelection[], Refusal> {
  const { kind, name, namespace } = address;
  const resource = toResourceName(address);
  const place = namespace === null ? {} : { namespace };
  const selected: MoveSelection[] = [{ resource, ...place, name, ...toOwned(parameters) }];
  for (const { resource: other, withOwned, ...by } of parameters.also) {
    const entry = findResource(catalog, other);
    if (entry === undefined) return toRefusal("NotServed", `the cluster does not serve ${other}`);
    if (entry.namespaced && namespace === null) {
      const message = `${kind} ${name} is in no namespace, so that of ${other} is unknown: write a rule of their own for them`;
      return toRefusal("NamespaceMissing", message);
    }
    const there = entry.namespaced ? place : {};
    selected.push({ resource: other, ...there, ...by, ...toOwned({ withOwned }) });
  }
  for (const one of selected) {
    const bound = findStationary(one.resource);
    if (bound === undefined) continue;
    return toRefusal("Bound", `objects of ${one.resource} do not move: ${bound}`);
  }
  return ok(selected);
}

function toOwned({
  withOwned,
}: Pick<MoveSelection, "withOwned">): Pick<MoveSelection, "withOwned"> {
  return withOwned === true ? { withOwned } : {};
}

function toSpec(
  { target: _target, to, withOwned: _owned, also: _also, ...options }: MoveParameters,
  select: readonly MoveSelection[],
): Omit<MoveSpec, "abort"> {
  return { target: { cluster: to }, select, ...options };
}
