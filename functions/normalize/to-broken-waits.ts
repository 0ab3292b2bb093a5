import type { ChangeMessage } from "../../events/change.ts";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { ANY_UID, type WakeupMessage } from "../../events/wakeup.ts";
import { toEpisodeName, toMessageBindings } from "../../core/decide/decide.ts";
import { toOnceKey } from "../../core/decide/once-key.ts";
import type { Rule } from "../../core/pipeline/pipeline.ts";
import { renderWakeup } from "./to-wakeups.ts";

/**
 * Wake-ups for the records of `for` whose wait a reported state ends, because the rule does not match it: nobody would notice a break
 * that is over before the record wakes by itself and that leaves the key of the episode as it was. Where the key changes with the break
 * (the time of a condition), it shows that by itself, and nothing is sent. A superfluous wake-up is harmless.
 */
export function toBrokenWaits(
  unmatched: readonly Rule[],
  message: ChangeMessage,
  now: string,
): readonly WakeupMessage[] {
  const { data, traceparent } = message;
  const bindings = toMessageBindings(message, []);
  return unmatched.flatMap((rule) => {
    if (rule.forMs === undefined || !mayKeepKey(rule, message)) return [];
    const key = toOnceKey(rule, bindings, message.id);
    if (!key.ok) return [];
    const metadata = {
      name: toEpisodeName(rule, message, key.value),
      namespace: DEFAULT_RECORD_NAMESPACE,
      uid: ANY_UID,
    };
    return [
      renderWakeup({ metadata, spec: { cluster: data.cluster, traceparent, rule } }, now, true),
    ];
  });
}

/** Whether an object that does not match may still have the key of the episode in which it matched. */
function mayKeepKey({ once }: Rule, { data: { change } }: ChangeMessage): boolean {
  if (change === "deleted" || change === "left") return once.type !== "change";
  return once.type === "generation" || once.type === "key";
}
