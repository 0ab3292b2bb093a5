import type { KubernetesObject } from "../../../events/change.ts";
import {
  extendChain,
  isLoop,
  MAX_DEPTH,
  NO_CHAIN,
  readChain,
  readLoopAnnotations,
  toChainParts,
} from "../../operations/loops/chain.ts";
import type { toCauseAnnotations } from "../../operations/loops/cause-annotations.ts";
import {
  CHANGES_MAX,
  countChanges,
  extendChangedBy,
  isChangedByRecord,
  readChangedBy,
} from "../../operations/loops/changed-by.ts";
import type { ActionState } from "./action.ts";
import type { Refusal } from "./target.ts";

type State = Pick<
  ActionState<unknown>,
  "chain" | "isManual" | "now" | "record" | "rule" | "trigger"
>;

const ADVICE =
  "another time would not help, look for the cause (kubemend trigger runs the rule once more)";

/** Refused with LoopDepth if the rule has acted in the chain of remediations that led to its trigger, and that is long enough. */
export function findLoop({ chain, rule, trigger }: State): Refusal | undefined {
  if (!isLoop(chain, rule.id)) return undefined;
  const message = `${trigger.kind} ${trigger.name} is the end of a chain of ${MAX_DEPTH} remediations within an hour, in which this rule has acted before: ${ADVICE}`;
  return { code: "LoopDepth", message };
}

/**
 * Refused with LoopDepth if the rule has changed this object often enough within the hour, or in a chain of remediations that led to its
 * state. The chain of the trigger does not show it if the trigger is another object: what it reports may be an effect that has no
 * annotations, such as an Event. Asked only when there is something to change.
 */
export function findTargetLoop(state: State, object: KubernetesObject): Refusal | undefined {
  const { isManual, now, record, rule } = state;
  if (isManual === true || isChangedByRecord(object, record)) return undefined;
  const isFull = countChanges(object, rule.id, now) >= CHANGES_MAX;
  if (!isFull && !isLoop(readChain([readLoopAnnotations(object)], now), rule.id)) return undefined;
  const { name, namespace } = object.metadata;
  const path = namespace === undefined ? name : `${namespace}/${name}`;
  const message = isFull
    ? `this rule has changed ${path} ${CHANGES_MAX} times within an hour: ${ADVICE}`
    : `${path} is the end of a chain of ${MAX_DEPTH} remediations within an hour, in which this rule has acted before: ${ADVICE}`;
  return { code: "LoopDepth", message };
}

/** The content of the annotations of an object that is created or changed: the record, and the chain that now ends at this object. */
export function toCause(
  state: State,
  changed?: KubernetesObject,
): Parameters<typeof toCauseAnnotations>[0] {
  const { chain, isManual, now, record, rule } = state;
  const isOlder = changed !== undefined && isManual !== true;
  const own = isOlder ? readChain([readLoopAnnotations(changed)], now) : undefined;
  const led = mayPassOn(state, changed) ? chain : NO_CHAIN;
  const next = toChainParts(extendChain(led, rule.id, now, own));
  const changedBy = changed === undefined ? {} : { changedBy: toChangedBy(state, changed) };
  return { record: record.name, ...next, ...changedBy, now, identity: record };
}

/**
 * Whoever may write the trigger may have written its chain. So it passes to what would not exist without the trigger, and to objects of its
 * namespace; on an object of others, such as a Node, this remediation counts alone.
 */
function mayPassOn({ trigger }: State, changed: KubernetesObject | undefined): boolean {
  if (changed === undefined || changed.metadata.uid === trigger.uid) return true;
  return trigger.namespace !== null && changed.metadata.namespace === trigger.namespace;
}

function toChangedBy({ isManual, now, record, rule }: State, changed: KubernetesObject): string {
  if (isManual === true) return `${rule.id}@${now}`;
  if (isChangedByRecord(changed, record)) return readChangedBy(changed, now);
  return extendChangedBy(changed, rule.id, now);
}
