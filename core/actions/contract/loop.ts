import type { KubernetesObject } from "../../../events/change.ts";
import {
  extendChain,
  isLoop,
  MAX_DEPTH,
  readChain,
  readLoopAnnotations,
  toChainParts,
} from "../../operations/loops/chain.ts";
import type { toCauseAnnotations } from "../../operations/loops/cause-annotations.ts";
import type { ActionState } from "./action.ts";
import type { Refusal } from "./target.ts";

type State = Pick<
  ActionState<unknown>,
  "chain" | "isManual" | "now" | "record" | "rule" | "trigger"
>;

/** Refused with LoopDepth if the rule has acted in the chain of remediations that led to its trigger, and that is long enough. */
export function findLoop({ chain, rule, trigger }: State): Refusal | undefined {
  if (!isLoop(chain, rule.id)) return undefined;
  const message = `${trigger.kind} ${trigger.name} is the end of a chain of ${MAX_DEPTH} remediations within an hour, in which this rule has acted before: another one would not help, look for the cause (kubemend trigger runs the rule once more)`;
  return { code: "LoopDepth", message };
}

/** The content of the annotations of an object that is created or changed: the record, and the chain that now ends at this object. */
export function toCause(
  { chain, isManual, now, record, rule }: State,
  changed?: KubernetesObject,
): Parameters<typeof toCauseAnnotations>[0] {
  const isOlder = changed !== undefined && isManual !== true;
  const own = isOlder ? readChain([readLoopAnnotations(changed)], now) : undefined;
  const next = toChainParts(extendChain(chain, rule.id, now, own));
  return { record: record.name, ...next, now, identity: record };
}
