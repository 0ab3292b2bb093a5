import type { AlertGroupStatus, OpenAlert } from "../../../events/alert-group.ts";
import { ALERT_ENDS, type AlertEnds, type AlertSeverity } from "../../../events/alert.ts";
import { toGreater } from "../../severity.ts";

/** The most objects that a group keeps; if there are more, messages say "more than". */
export const OPEN_MAX = 2_000;

/**
 * And the most bytes of them: those who create objects choose their names, and a group that is too large for etcd could not be written. As
 * much again is left for what is noted later of each object, and for the messages.
 */
const OPEN_MAX_BYTES = 640 * 1024;
/** The names of the fields, and the values that are always as long. */
const FIXED_BYTES = 130;

/** Whether the group keeps one object more. */
export function hasRoom(open: readonly OpenAlert[], object: OpenAlert): boolean {
  if (open.length >= OPEN_MAX) return false;
  const bytes = open.reduce((sum, one) => sum + countBytes(one), countBytes(object));
  return bytes <= OPEN_MAX_BYTES;
}

function countBytes({ kind, namespace, name, uid, record = "", labels = [] }: OpenAlert): number {
  const texts = [kind, namespace ?? "", name, uid, record, ...labels];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, FIXED_BYTES);
}

/** The objects with an open alert, of those that the group keeps, silenced ones too. */
export function listOpen({ open }: AlertGroupStatus): readonly OpenAlert[] {
  return open.filter(({ resolvedAt }) => resolvedAt === undefined);
}

/** Whether no receiver knows of it, because it has been silenced from its beginning. */
export function isHidden({ silencedBy, wasSent }: OpenAlert): boolean {
  return silencedBy !== undefined && wasSent !== true;
}

/** On how many objects an alert is open of which a receiver may know. */
export function countOpen(status: AlertGroupStatus): number {
  return listOpen(status).filter((object) => !isHidden(object)).length;
}

/** The most severe of the open alerts of which a receiver may know and that are asked for; `least` if none is more severe than that. */
export function findOpenSeverity(
  status: AlertGroupStatus,
  isAsked: (object: OpenAlert) => boolean,
  least: AlertSeverity,
): AlertSeverity {
  return listOpen(status).reduce(
    (most, object) =>
      object.severity === undefined || isHidden(object) || !isAsked(object)
        ? most
        : toGreater(most, object.severity),
    least,
  );
}

/** Whether no alert is open of which a receiver may know. Not known of a group that was once full: it has not kept all of them. */
export function isAllOver(status: AlertGroupStatus): boolean {
  return countOpen(status) === 0 && status.isFull !== true;
}

/** How many alerts are over since none was open, and why; undefined if none is. */
export function countEnded({ open, ended = {} }: AlertGroupStatus): AlertEnds | undefined {
  const counts = { ...ended };
  for (const object of open) {
    const { resolvedAt, why = "fails" } = object;
    if (resolvedAt === undefined || isHidden(object)) continue;
    counts[why] = (counts[why] ?? 0) + 1;
  }
  return ALERT_ENDS.some((why) => (counts[why] ?? 0) > 0) ? counts : undefined;
}

/** Whether nothing would be lost if the group were deleted. */
export function isIdle(status: AlertGroupStatus): boolean {
  const { collected, silenced, outbox = [] } = status;
  const isEmpty = status.open.length === 0 && outbox.length === 0;
  return isEmpty && collected === undefined && silenced === undefined;
}

/** The status without the data of an incident that is over. Silenced alerts were not reported yet: a new incident begins with them. */
export function withoutIncident(status: AlertGroupStatus): AlertGroupStatus {
  const {
    since: _since,
    shown: _shown,
    isFull: _isFull,
    isOver: _isOver,
    ended: _ended,
    thread: _thread,
    ...rest
  } = status;
  const { silenced } = rest;
  return silenced === undefined ? rest : { ...rest, since: silenced.since };
}
