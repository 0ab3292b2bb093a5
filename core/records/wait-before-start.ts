import type { RecordProblem, RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import type { ActionWait } from "../actions/contract/action.ts";
import { ok, refuse, type Result } from "../result.ts";
import { formatDuration } from "../text/duration.ts";
import { parseTimestamp } from "../text/timestamp.ts";
import { compileExpression, type Bindings } from "../cel/compile.ts";
import type { Rule } from "../pipeline/pipeline.ts";
import { toGiveUpAfterMs } from "./retry.ts";
import type { Wait } from "./wait.ts";
import type { RecordEnd } from "./record-end.ts";

/**
 * The wait of `for`: how long after `now` (RFC 3339 ms) the condition is evaluated again and anything is done. It is measured on
 * the executor's clock, as that of the relay is another machine's. Undefined if the rule has no `for`, or if the record has
 * already waited: only then does it have a `waitedUntil`.
 */
export function planForWait(record: RemediationRecord, rule: Rule, now: string): Wait | undefined {
  if (rule.forMs === undefined || record.status?.waitedUntil !== undefined) return undefined;
  const until = new Date(Date.parse(now) + rule.forMs).toISOString();
  return { until, reason: "For", message: toForMessage(until) };
}

/**
 * The rest of the wait of `for`, for a record that was woken before its time, because a state was reported that does not match: if the
 * live object is in the same episode all the same, the wait continues. Undefined if its time has come.
 */
export function planRestOfFor(
  { status }: RemediationRecord,
  rule: Rule,
  now: string,
): Wait | undefined {
  const until = status?.waitedUntil;
  if (rule.forMs === undefined || until === undefined) return undefined;
  if (Date.parse(until) <= Date.parse(now)) return undefined;
  return { until, reason: "For", message: toForMessage(until) };
}

function toForMessage(until: string): string {
  return `waiting until ${until}; the condition is then evaluated again`;
}

/**
 * The wait of `at`: the time that the live object states, evaluated again if the object changes before then. A time in the past
 * means now. If the expression gives no time, the remediation is refused.
 */
export function planAtWait(
  record: RemediationRecord,
  rule: Rule,
  bindings: Bindings,
): Result<Wait | undefined, RecordEnd> {
  if (rule.at === undefined || hasWaited(record, bindings.now)) return ok(undefined);
  const time = evaluateTime(rule.at, bindings);
  if (!time.ok) {
    const message = `the rule's at: ${time.error}`;
    return refuse({ phase: "Refused", reason: "RuleError", message });
  }
  if (time.value <= Date.parse(bindings.now)) return ok(undefined);
  const until = new Date(time.value).toISOString();
  const message = `waiting until ${until}, by the rule's at; the condition is then evaluated again`;
  return ok({ until, reason: "At", message });
}

function hasWaited({ status }: RemediationRecord, now: string): boolean {
  return status?.waitedUntil !== undefined && Date.parse(status.waitedUntil) <= Date.parse(now);
}

/** The last time that RFC 3339 can express. */
const LATEST_MS = Date.parse("9999-12-31T23:59:59.000Z");

function evaluateTime(source: string, bindings: Bindings): Result<number, string> {
  const compiled = compileExpression(source);
  if (!compiled.ok) return refuse(compiled.error.message);
  const answer = compiled.value.evaluate(bindings);
  switch (answer.outcome) {
    case "unknown":
      return refuse(`it reads ${answer.path}, which is not there`);
    case "error":
      return refuse(answer.message);
    case "value": {
      const ms = typeof answer.value === "string" ? parseTimestamp(answer.value) : undefined;
      return ms === undefined || ms > LATEST_MS
        ? refuse("it is not a timestamp: timestamp(x) converts a text to one")
        : ok(ms);
    }
  }
}

/** Each interval is as long as the record has waited so far, within these bounds. */
const LOOK_AGAIN_MIN_MS = 5_000;
const LOOK_AGAIN_MAX_MS = 60_000;

/**
 * The wait of a record one of whose actions can do nothing yet. It is counted from the first time that an action said so. Refused with
 * the problem that ends the record if its time is over; an action is asked once more when it ends, however late that is. A record that
 * was woken early keeps its time, so that each change of its trigger does not cause a wake-up of its own.
 */
export function planActionWait(
  status: RecordStatus,
  wait: ActionWait,
  rule: Pick<Rule, "giveUpAfterMs">,
  now: string,
): Result<Wait, RecordProblem> {
  const { reason, message } = wait;
  const nowMs = Date.parse(now);
  const waitingSince = status.waitingSince ?? now;
  const sinceMs = Date.parse(waitingSince);
  const withinMs = toWithinMs(wait, rule);
  const endMs = sinceMs + withinMs;
  if (nowMs >= endMs) {
    const waited = formatDuration(Math.max(1_000, Math.round((nowMs - sinceMs) / 1_000) * 1_000));
    return refuse({ phase: "Expired", code: reason, message: `waited ${waited}: ${message}` });
  }
  const knownMs = status.waitingSince === undefined ? 0 : Date.parse(status.wakeAt ?? now);
  const waitedMs = Math.max(nowMs - sinceMs, LOOK_AGAIN_MIN_MS);
  const nextMs = nowMs + (wait.lookAgainMs ?? Math.min(waitedMs, LOOK_AGAIN_MAX_MS));
  const untilMs = Math.min(knownMs > nowMs ? knownMs : nextMs, endMs);
  return ok({ until: new Date(untilMs).toISOString(), reason, message, waitingSince });
}

/** The message of a dry run that would wait. */
export function describeActionWait(wait: ActionWait, rule: Pick<Rule, "giveUpAfterMs">): string {
  return `would wait, at most ${formatDuration(toWithinMs(wait, rule))}: ${wait.message}`;
}

function toWithinMs({ withinMs }: ActionWait, rule: Pick<Rule, "giveUpAfterMs">): number {
  return withinMs ?? toGiveUpAfterMs(rule);
}
