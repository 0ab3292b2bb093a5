import type { ChangeMessage } from "../../events/change.ts";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { ANY_UID, type WakeupMessage } from "../../events/wakeup.ts";
import { toEpisodeName, toMessageBindings } from "../../core/decide/decide.ts";
import { readTransition, toOnceKey } from "../../core/decide/once-key.ts";
import type { Rule } from "../../core/pipeline/pipeline.ts";
import { renderWakeup } from "./to-wakeups.ts";

/** The clock of whoever sets a condition and that of the relay differ by less. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Wake-ups for the records of `for` whose wait a reported state ends, because the rule does not match it.
 * - Where the state may have the key of the episode that waits, the name of the record follows from it.
 * - Where the key is the time of a condition, the break has changed it: the record is found by its rule and object. Only a break within
 *   the time of `for` can have a record that waits, so a state that has not matched for longer wakes nothing.
 * A superfluous wake-up is harmless.
 */
export function toBrokenWaits(
  unmatched: readonly Rule[],
  message: ChangeMessage,
  now: string,
): readonly WakeupMessage[] {
  const { data, traceparent } = message;
  const bindings = toMessageBindings(message, []);
  return unmatched.flatMap((rule) => {
    if (rule.forMs === undefined) return [];
    const isBroken = hasJustChanged(rule, rule.forMs, message);
    if (!isBroken && !mayKeepKey(rule, message)) return [];
    const key = toOnceKey(rule, bindings, message.id);
    if (!key.ok) return [];
    const metadata = {
      name: toEpisodeName(rule, message, key.value),
      namespace: DEFAULT_RECORD_NAMESPACE,
      uid: ANY_UID,
    };
    const spec = { cluster: data.cluster, traceparent, rule };
    const waits = { rule: rule.id, objectUid: data.object.metadata.uid };
    return [renderWakeup({ metadata, spec }, now, true, isBroken ? waits : undefined)];
  });
}

/** Whether the condition that names the episodes has changed within the time of `for`. */
function hasJustChanged({ once }: Rule, forMs: number, { data, time }: ChangeMessage): boolean {
  if (once.type !== "condition" || data.change === "deleted" || data.change === "left")
    return false;
  const changedMs = Date.parse(readTransition(data.object, once.condition) ?? "");
  return Date.parse(time) - changedMs <= forMs + CLOCK_TOLERANCE_MS;
}

/** Whether an object that does not match may still have the key of the episode in which it matched. */
function mayKeepKey({ once }: Rule, { data: { change } }: ChangeMessage): boolean {
  if (change === "deleted" || change === "left") return once.type !== "change";
  return once.type === "generation" || once.type === "key";
}
