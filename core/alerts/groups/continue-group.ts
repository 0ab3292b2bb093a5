import type { AlertGroupStatus } from "../../../events/alert-group.ts";
import { describeAddress } from "../../operations/describe-operation.ts";
import { NAMES_MAX } from "./collect.ts";
import { endWindow, isWindowOpen, withSent, withWakeAt, type GroupContext } from "./end-window.ts";
import { toRepeat, toResolved } from "./group-message.ts";
import { countOpen, listOpen } from "./open-alerts.ts";
import { withMessage } from "./outbox.ts";

/** What became of an open alert. `over`: it is forgotten, because its rule is about events, of which none "no longer holds". */
export type AlertEnd = { readonly id: string; readonly why: "fails" | "gone" | "noRule" | "over" };

/**
 * The status of a group after a look at it: alerts that are over are marked, a window that is over is ended, the receiver is told if no
 * alert is open any more, and is reminded if some still are. Repeatable: without anything new it stays as it is.
 */
export function continueGroup(
  status: AlertGroupStatus,
  ends: readonly AlertEnd[],
  context: GroupContext,
): AlertGroupStatus {
  const marked = markEnded(status, ends, context.now);
  // The end of a window forgets what is resolved, so the receiver is told before.
  const resolved = resolve(marked, ends, context);
  return withWakeAt(remind(endWindow(resolved, context), context));
}

function markEnded(
  status: AlertGroupStatus,
  ends: readonly AlertEnd[],
  now: string,
): AlertGroupStatus {
  if (ends.length === 0) return status;
  const why = new Map(ends.map((end) => [end.id, end.why]));
  const open = status.open
    .filter(({ id }) => why.get(id) !== "over")
    .map((one) => (why.has(one.id) && !one.resolvedAt ? { ...one, resolvedAt: now } : one));
  return { ...status, open };
}

/**
 * If no alert is open any more, and none is collected, the receiver is told, if it was told of any. Otherwise the message at the end of
 * the window says so.
 */
function resolve(
  status: AlertGroupStatus,
  ends: readonly AlertEnd[],
  context: GroupContext,
): AlertGroupStatus {
  const { collected, shown } = status;
  if (countOpen(status) > 0 || collected !== undefined || status.since === undefined) return status;
  const isTold = status.open.length > 0 && shown !== undefined;
  if (!isTold && status.open.length > 0) return status;
  const message = isTold ? toResolved(status, describeEnds(ends), context) : undefined;
  const { since: _since, shown: _shown, isFull: _isFull, thread: _thread, ...rest } = status;
  const none = { ...rest, open: [] };
  return message === undefined ? none : withMessage(none, message);
}

function describeEnds(ends: readonly AlertEnd[]): string {
  const counts = { fails: 0, gone: 0, noRule: 0, over: 0 };
  for (const { why } of ends) counts[why] += 1;
  const parts = [
    ...(counts.fails > 0 ? ["the condition no longer holds"] : []),
    ...(counts.gone > 0 ? ["the object is gone"] : []),
    ...(counts.noRule > 0 ? ["the pipeline no longer has the rule"] : []),
  ];
  return parts.length === 0 ? "no alert is open any more" : parts.join(", or ");
}

/** Reminds the receiver of what is open, once in a `repeat`. What is silenced is not among it, as long as it is. */
function remind(status: AlertGroupStatus, context: GroupContext): AlertGroupStatus {
  const { now } = context;
  const { sentAt, repeatSeconds, silenced } = status;
  if (sentAt === undefined || silenced !== undefined || isWindowOpen(status, now)) return status;
  const isDue = Date.parse(sentAt) + repeatSeconds * 1_000 <= Date.parse(now);
  const open = listOpen(status);
  if (!isDue || open.length === 0) return status;
  const names = open.slice(0, NAMES_MAX).map(describeAddress);
  const message = toRepeat(status, names, context);
  if (message === undefined) return status;
  return withSent(status, message, now);
}
