import type { GuardEntry, GuardStatus } from "../../events/rule-guard.ts";
import { holdBlastRadius } from "./blast-radius.ts";
import { holdBreaker, holdTargetBreaker } from "./breaker.ts";
import { holdFreeze, holdWindow } from "./calendar.ts";
import { makeRoom, toCurrent } from "./entries.ts";
import {
  isInFlight,
  LOOK_AGAIN_MS,
  toIso,
  toMs,
  type Candidate,
  type Guard,
  type GuardState,
  type Hold,
} from "./hold.ts";
import { findPause, holdCooldown, holdInFlight, holdPerHour } from "./limits.ts";
import type { GuardSettings } from "./settings.ts";
import { createSharedHolds, type SharedHolds } from "./shared-holds.ts";
import { holdStorm, noteMatches } from "./storm.ts";

export type Answer =
  | { readonly outcome: "admitted" }
  /** It waits; or it is refused, if the rule says so. */
  | { readonly outcome: "deferred" | "refused"; readonly hold: Hold };

export type Admissions = {
  /** By the ids of the candidates. */
  readonly answers: ReadonlyMap<string, Answer>;
  readonly status: GuardStatus;
  /** The status differs from the one that was read, so it must be written before anything is started. */
  readonly isChanged: boolean;
  /** The records that wait are checked at another time than the status that was read says: a wake-up must be sent for it. */
  readonly isPlanned: boolean;
};

/** From a caller that has listed all records that wait: so many are admitted at most. */
export type Look = { readonly most: number };

/** If several hold a remediation back, people see the first: those that stop every remediation come first. */
export const GUARDS: readonly Guard[] = [
  holdFreeze,
  holdWindow,
  holdStorm,
  holdBreaker,
  holdTargetBreaker,
  holdCooldown,
  holdBlastRadius,
  holdPerHour,
  holdInFlight,
];

/**
 * Those that hold back a question, besides the pause switches: the others count what was started. A person may answer before a window
 * opens. If what is held back is refused, all of them do, because the answer would be of no use.
 */
const QUESTION_GUARDS: readonly Guard[] = [holdFreeze, holdStorm];

/**
 * Decides which remediations of a rule may start, in their order, and which entries its guard keeps of them. Pure, and repeatable: a candidate that
 * has an admission already is admitted by it, and no match or start is counted twice. Only a pause, a freeze and a closed window hold back a
 * remediation that was admitted and has not begun.
 *
 * @param nowMs ms since the epoch.
 */
export function admit(
  read: GuardState,
  candidates: readonly Candidate[],
  settings: GuardSettings,
  nowMs: number,
  look?: Look,
): Admissions {
  const fresh = toCurrent(read, settings, nowMs);
  const noted = noteMatches(fresh, candidates, settings, nowMs);
  const { answers, entries, isMore } = admitInOrder(noted, candidates, settings, nowMs, look);
  const { cluster, storm } = noted;
  const known = look === undefined ? read.wakeAt : undefined;
  const wakeAt = toWakeAt(
    known,
    [...answers.values()],
    toLookMs(look, answers, isMore, nowMs),
    nowMs,
  );
  const isChanged =
    wakeAt !== read.wakeAt ||
    storm?.until !== read.storm?.until ||
    // An entry that only became too old is removed with the next write.
    entries !== fresh.entries;
  const isPlanned = wakeAt !== undefined && wakeAt !== read.wakeAt;
  return { answers, status: toStatus({ cluster, entries, storm, wakeAt }), isChanged, isPlanned };
}

/** Why a candidate is held back, without counting it; undefined if it is not. */
export function findHold(
  state: GuardState,
  candidate: Candidate,
  settings: GuardSettings,
  nowMs: number,
): Hold | undefined {
  const pause = findPause(state, nowMs);
  if (pause !== undefined) return pause;
  const isEarly = candidate.isQuestion === true && settings.whenGuarded === "defer";
  for (const guard of isEarly ? QUESTION_GUARDS : GUARDS) {
    const hold = guard(state, candidate, settings, nowMs);
    if (hold !== undefined) return hold;
  }
  return undefined;
}

/** Why nothing of the rule may start now, whatever was admitted. */
function findStop(...asked: Parameters<Guard>): Hold | undefined {
  const [state, , , nowMs] = asked;
  return findPause(state, nowMs) ?? holdFreeze(...asked) ?? holdWindow(...asked);
}

type Admitted = {
  /** Those that were decided. */
  readonly answers: ReadonlyMap<string, Answer>;
  readonly entries: readonly GuardEntry[];
  /** As many were admitted as may be at once, so the others were not asked. */
  readonly isMore: boolean;
};

function admitInOrder(
  read: GuardState,
  candidates: readonly Candidate[],
  settings: GuardSettings,
  nowMs: number,
  look: Look | undefined,
): Admitted {
  const answers = new Map<string, Answer>();
  const shared = look === undefined ? undefined : createSharedHolds();
  let state = read;
  let started = 0;
  for (const candidate of candidates) {
    if (started === look?.most) return { answers, entries: state.entries, isMore: true };
    const { answer, entries } = admitOne(state, candidate, settings, nowMs, shared);
    answers.set(candidate.id, answer);
    const isStarted = entries !== state.entries || candidate.isQuestion === true;
    if (answer.outcome === "admitted") started += isStarted ? 1 : 0;
    else shared?.note(candidate, answer.hold);
    state = { ...state, entries };
  }
  return { answers, entries: state.entries, isMore: false };
}

function admitOne(
  state: GuardState,
  candidate: Candidate,
  settings: GuardSettings,
  nowMs: number,
  shared: SharedHolds | undefined,
): { readonly answer: Answer; readonly entries: readonly GuardEntry[] } {
  const { entries } = state;
  const { isQuestion = false } = candidate;
  if (candidate.startsNothing === true) return { answer: { outcome: "admitted" }, entries };
  const outcome = settings.whenGuarded === "refuse" ? "refused" : "deferred";
  const known = entries.find(({ id }) => id === candidate.id);
  const isAdmitted = known !== undefined && isInFlight(known);
  const hold =
    isAdmitted && !isQuestion
      ? findStop(state, candidate, settings, nowMs)
      : (shared?.find(candidate, entries) ?? findHold(state, candidate, settings, nowMs));
  if (hold !== undefined) return { answer: { outcome, hold }, entries };
  const answer = { outcome: "admitted" } as const;
  if (isAdmitted || isQuestion) return { answer, entries };
  const { id, target } = candidate;
  const others = makeRoom(entries.filter((entry) => entry !== known));
  if (others === undefined) return { answer: { outcome, hold: toFull(nowMs) }, entries };
  const admittedAt = toIso(toAdmittedMs(candidate, nowMs));
  const seen = known?.seenAt === undefined ? {} : { seenAt: known.seenAt };
  return { answer, entries: [...others, { id, target, ...seen, admittedAt }] };
}

/** Later than the end of the record's last episode, which a process may remember, so that it is never taken for the end of this one. */
function toAdmittedMs({ lastEndedAt }: Candidate, nowMs: number): number {
  const afterMs = toMs(lastEndedAt) + 1;
  return afterMs > nowMs ? afterMs : nowMs;
}

function toFull(nowMs: number): Hold {
  const message =
    "the guard of the rule keeps as many entries as it can; the next starts when one of them no longer counts";
  return { code: "GuardFull", message, until: toIso(nowMs + LOOK_AGAIN_MS) };
}

/** Soon only if there was no time to ask all: whatever holds the others back is not over in a second. */
function toLookMs(
  look: Look | undefined,
  answers: ReadonlyMap<string, Answer>,
  isMore: boolean,
  nowMs: number,
): number | undefined {
  if (look === undefined || answers.size === 0) return undefined;
  return isMore ? nowMs + 1_000 : nowMs + LOOK_AGAIN_MS;
}

/**
 * When the records that wait are checked again: when the first may start, and at least once a minute, because people may end a pause. A
 * check that is planned already, and comes no later, stays.
 */
function toWakeAt(
  known: string | undefined,
  answers: readonly Answer[],
  lookMs: number | undefined,
  nowMs: number,
): string | undefined {
  const held = answers.flatMap((one) => (one.outcome === "deferred" ? [toMs(one.hold.until)] : []));
  const waiting = lookMs === undefined ? held : [...held, lookMs];
  if (waiting.length === 0) return known;
  const nextMs = Math.min(...waiting, nowMs + LOOK_AGAIN_MS);
  const knownMs = toMs(known);
  if (knownMs > nowMs && knownMs <= Math.max(nextMs, nowMs + LOOK_AGAIN_MS / 4)) return known;
  return toIso(Math.max(nextMs, nowMs + 1_000));
}

function toStatus({ cluster, entries, storm, wakeAt }: GuardStatus): GuardStatus {
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(entries === undefined ? {} : { entries }),
    ...(storm === undefined ? {} : { storm }),
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}
