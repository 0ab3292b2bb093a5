import type { MirrorStatus } from "../../../events/mirrors/mirror.ts";

/** A target that was unreachable for this long is Behind: its messages would fill the queue, and hold up those of other targets. */
export const BEHIND_AFTER_MS: number = 5 * 60_000;

export type TargetAway = {
  /** To be stored; undefined: as it is. */
  readonly status?: MirrorStatus | undefined;
  /** Whether the message is acknowledged without being applied, once the status is stored: the comparison makes up for it. */
  readonly isBehind: boolean;
};

/** Notes that the target could not be reached. `now` is RFC 3339 ms; `reason` is for people. */
export function noteAway(
  status: MirrorStatus | undefined,
  { now, reason }: { readonly now: string; readonly reason: string },
): TargetAway {
  const isIdle = status?.state === "Behind" || status?.state === "Paused";
  if (isIdle) return { isBehind: true };
  const { unreachableSince } = status ?? {};
  if (unreachableSince === undefined) {
    // A mirror that was never compared is not in sync: it counts as one whose comparison has to begin.
    const known = status ?? { state: "Comparing", since: now };
    return { status: { ...known, reason, unreachableSince: now }, isBehind: false };
  }
  if (Date.parse(now) - Date.parse(unreachableSince) < BEHIND_AFTER_MS) return { isBehind: false };
  return toBehind(status, { now, reason });
}

/**
 * Notes that a write of an object has failed although the target answers, as with a policy engine that is away. After minutes without one
 * that succeeded the mirror is Behind, if more than one object is concerned: an object that its own webhook refuses holds up no others.
 */
export function noteUnwritable(
  status: MirrorStatus | undefined,
  {
    now,
    reason,
    object,
  }: { readonly now: string; readonly reason: string; readonly object: string },
): TargetAway {
  const isIdle = status?.state === "Behind" || status?.state === "Paused";
  if (isIdle) return { isBehind: true };
  const { unwritableSince, unwritableObject } = status ?? {};
  if (unwritableSince === undefined) {
    const known = status ?? { state: "Comparing", since: now };
    return {
      status: { ...known, unwritableSince: now, unwritableObject: object },
      isBehind: false,
    };
  }
  const isShort = Date.parse(now) - Date.parse(unwritableSince) < BEHIND_AFTER_MS;
  if (isShort || object === unwritableObject) return { isBehind: false };
  return toBehind(status, { now, reason });
}

function toBehind(
  status: MirrorStatus | undefined,
  { now, reason }: { readonly now: string; readonly reason: string },
): TargetAway {
  const { comparison: _ended, failingSince: _away, ...kept } = status ?? {};
  return { status: { ...kept, state: "Behind", since: now, reason }, isBehind: true };
}

/** Notes that a write has succeeded; undefined if that changes nothing. */
export function noteWritten(status: MirrorStatus | undefined): MirrorStatus | undefined {
  const reached = noteReached(status);
  if (status?.unwritableSince === undefined || status.state === "Behind") return reached;
  const { unwritableSince: _past, unwritableObject: _object, ...kept } = reached ?? status;
  return kept;
}

/** Notes that the target was reached; undefined if that changes nothing. One that is Behind stays so until it is compared. */
export function noteReached(status: MirrorStatus | undefined): MirrorStatus | undefined {
  if (status?.unreachableSince === undefined || status.state === "Behind") return undefined;
  const { unreachableSince: _past, reason, ...kept } = status;
  // The reason of a comparison that has failed stays until one comes to its end.
  return kept.failingSince === undefined ? kept : { ...kept, reason };
}

/** Notes that a person has paused the rule; undefined if that is known. */
export function notePaused(
  status: MirrorStatus | undefined,
  { now, reason }: { readonly now: string; readonly reason: string },
): MirrorStatus | undefined {
  if (status?.state === "Paused") return undefined;
  const {
    comparison: _ended,
    unreachableSince: _unknown,
    failingSince: _failed,
    ...kept
  } = status ?? {};
  return { ...kept, state: "Paused", since: now, reason };
}

/** Notes that no rule mirrors to the target any more; undefined if that is known. If one does again, all is compared. */
export function noteObsolete(
  status: MirrorStatus | undefined,
  now: string,
): MirrorStatus | undefined {
  if (status?.state === "Obsolete") return undefined;
  const { lastComparison, namespaces } = status ?? {};
  const known = { lastComparison, namespaces };
  const reason = "no rule of the pipeline mirrors to this target under this id any more";
  return { ...known, state: "Obsolete", since: now, reason };
}
