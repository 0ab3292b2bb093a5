import * as v from "valibot";
import type { ResourceType } from "../../../events/change.ts";
import { isObject } from "../../json/read-json.ts";
import type { FanOutOperation, TargetFilter } from "../../operations/fan-out.ts";
import type { Action, ActionAnswer, ActionState, Permission } from "../contract/action.ts";
import { refused } from "../contract/change-target.ts";
import { findLoop } from "../contract/loop.ts";
import { toStoredChain } from "../../operations/loops/chain.ts";
import { findRuleExpressions } from "../contract/rule-value.ts";
import { toTargetPermissions, toGroupResource } from "../contract/target.ts";
import { findCollections } from "./find-collections.ts";
import {
  targetsSchema,
  toTargetResourceNames,
  type TargetsParameter,
} from "./targets-parameter.ts";
import { USED_KINDS } from "./uses-object.ts";

type Fields = Readonly<Record<string, unknown>>;
type ManyParameters = Fields & { readonly targets: TargetsParameter };

/**
 * The action, that also takes `targets` instead of `target`: then its answer is one fan-out, which does to each target what the action does
 * to its one. Refused with LoopDepth, NotServed, NamespaceMissing, NoText and NotReferred.
 */
export function withTargets<P>(own: Action<P>): Action<unknown> {
  const action = own as Action<unknown>;
  const { targets, schema } = action;
  const entries = findEntries(schema);
  if (targets === undefined || entries === undefined) return action;
  const { target: _target, ...others } = entries;
  return {
    ...action,
    many: v.strictObject({ targets: targetsSchema(targets), ...others }),
    permissions: (parameters, on) =>
      isMany(parameters) ? toPermissions(action, parameters) : action.permissions(parameters, on),
    next: (state) =>
      isMany(state.parameters)
        ? toFanOut(action, { ...state, parameters: state.parameters })
        : action.next(state),
  };
}

/** The fields of a schema that is an object with a `target`. */
function findEntries(schema: unknown): Readonly<Record<string, v.GenericSchema>> | undefined {
  const { entries } = schema as { readonly entries?: Readonly<Record<string, v.GenericSchema>> };
  return entries !== undefined && Object.hasOwn(entries, "target") ? entries : undefined;
}

function isMany(parameters: unknown): parameters is ManyParameters {
  return isObject(parameters) && Object.hasOwn(parameters, "targets");
}

/** The rights of the action on targets of each resource, and the right to list them. */
function toPermissions(
  action: Action<unknown>,
  { targets, ...parameters }: ManyParameters,
): readonly Permission[] {
  return toTargetResourceNames(targets).flatMap((resource) => {
    const { group, resource: plural } = toGroupResource(resource);
    // The name and the kind do not matter for the rights.
    const on: ResourceType = { group, resource: plural, version: "", kind: "", namespaced: true };
    const target = { resource, name: "any" };
    return [
      ...toTargetPermissions([{ group, resource: plural }], ["get", "list"]),
      ...action.permissions({ ...parameters, target }, on),
    ];
  });
}

function toFanOut(action: Action<unknown>, state: ActionState<ManyParameters>): ActionAnswer {
  const { targets, ...parameters } = state.parameters;
  const loop = findLoop(state);
  if (loop !== undefined) return refused(loop);
  const filter = toFilter(targets, state);
  if (filter === undefined) {
    const { kind, name } = state.trigger;
    const message = `no Pod template uses ${kind} ${name}: referrers are of ${Object.values(USED_KINDS).join(", ")}`;
    return refused({ code: "NotReferred", message });
  }
  const collections = findCollections(targets, state);
  if (!collections.ok) return refused(collections.error);
  const sources = findRuleExpressions(parameters).map(({ source }) => source);
  const values = sources.map((source) => [source, state.evaluate(source)] as const);
  const operation: FanOutOperation = {
    type: "fanOut",
    name: action.name,
    action: action.name,
    parameters,
    values: Object.fromEntries(values),
    verb: action.verb ?? "change",
    collections: collections.value,
    filter,
    ...toBounds(targets),
    giveUpAfterMs: 0,
    plannedAt: state.now,
    ...toStoredChain(state.chain),
    found: { count: 0, names: [] },
  };
  return { outcome: "operations", operations: [operation] };
}

function toBounds(
  targets: TargetsParameter,
): Pick<FanOutOperation, "atMost" | "atMostPerNamespace"> {
  const { atMost } = targets;
  const own = "select" in targets ? targets.atMostPerNamespace : undefined;
  return own === undefined ? { atMost } : { atMost, atMostPerNamespace: own };
}

/** Undefined if no Pod template can use the trigger. */
function toFilter(
  targets: TargetsParameter,
  { trigger }: ActionState<unknown>,
): TargetFilter | undefined {
  if ("select" in targets) {
    const { where } = targets.select;
    return { type: "where", ...(where === undefined ? {} : { expression: where }) };
  }
  const isUsed = trigger.group === "" && Object.hasOwn(USED_KINDS, trigger.resource);
  return isUsed ? { type: "uses", kind: trigger.kind, object: trigger.name } : undefined;
}
