import pc from "picocolors";
import type { GuardEvent } from "../../../core/simulate/guard-event.ts";
import { formatDuration } from "../../../core/text/duration.ts";
import { toPrintable } from "../../../core/text/printable.ts";

/** The answer of the guards below a match. */
export function formatAnswer(event: GuardEvent): string {
  return `      ${colour(event, toPrintable(`guards: ${describeEvent(event)}`))}`;
}

/** What the guards do later, on a line of its own. */
export function formatEvent(event: GuardEvent): string {
  const { time, record, line } = event;
  const what = colour(event, toPrintable(describeEvent(event)));
  return `${pc.dim(toPrintable(time))} ${toPrintable(record)} ${what} ${pc.dim(`(line ${line})`)}`;
}

/** `held back by Cooldown until …: the same object was …`. */
export function describeEvent(event: GuardEvent): string {
  const { outcome, code = "", message = "", until = "", expiresAt = "", heldMs } = event;
  switch (outcome) {
    case "started":
      return heldMs === undefined
        ? "starts"
        : `starts, after it was held back by ${code} for ${formatDuration(toSeconds(heldMs))}`;
    case "deferred":
      return `held back by ${code} until ${until} at least, and expires at ${expiresAt}: ${message}`;
    case "refused":
      return `refused by ${code}: ${message}`;
    case "expired":
      return `expires: ${message}`;
    case "ended":
      return `is not done: ${ENDS[code] ?? "the object is in another state now"} (${code})`;
    case "dryRun":
      return message === "" ? "would let it start" : `would hold it back by ${code}: ${message}`;
    case "uncounted":
      return message;
  }
}

const ENDS: Readonly<Record<string, string>> = {
  ConditionNoLongerHolds: "the condition no longer holds",
  ConditionUnknown: "the condition reads a field that the object no longer has",
  NotSelected: "the object is no longer selected",
  Superseded: "a later episode of the object takes its place",
  TriggerGone: "the object no longer exists",
};

/** The times of a recording have milliseconds, and people do not need them. */
function toSeconds(ms: number): number {
  return ms < 1_000 ? ms : Math.round(ms / 1_000) * 1_000;
}

function colour({ outcome, message }: GuardEvent, text: string): string {
  if (outcome === "started" || outcome === "ended") return pc.dim(text);
  if (outcome === "dryRun" && message === undefined) return pc.dim(text);
  return pc.yellow(text);
}

/** An answer in the JSON output. */
export function toAnswerRecord(event: GuardEvent): Readonly<Record<string, unknown>> {
  const { time: _time, rule: _rule, record: _record, line: _line, ...answer } = event;
  return answer;
}
