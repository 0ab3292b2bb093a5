import type { GuardEntry } from "../../events/rule-guard.ts";
import { findRemediated } from "./blast-radius.ts";
import { admit, GUARDS, type Answer } from "./admit.ts";
import { findFailureRow, holdTargetBreaker, toFailedTargets } from "./breaker.ts";
import { toCurrent } from "./entries.ts";
import { findAdmitted, isInFlight, toIso, toMs, type GuardState, type Hold } from "./hold.ts";
import { findPause, holdCooldown } from "./limits.ts";
import { HOUR_MS, type GuardSettings } from "./settings.ts";
import { countMatches } from "./storm.ts";

/** The counts of the guards of a rule, and the answers that they would give now. */
export type GuardReport = {
  readonly inProgress: number;
  readonly startedWithinHour: number;
  /** Objects that were remediated within the hour. */
  readonly objectsWithinHour: number;
  /** Within the time of the storm brake, as far as matches are counted. */
  readonly matches: number;
  /** Objects whose last remediations have failed, without a success of any since. */
  readonly failedInRow: number;
  /** The reasons why every remediation of the rule is held back now, in the order in which records name them. */
  readonly holds: readonly Hold[];
  /** The objects that are held back although the rule is not, those that wait longest first. */
  readonly objects: readonly HeldObject[];
  /** The answer to the next match, of an object that the rule has not remediated lately. */
  readonly next: Answer;
  /** The same for the start after an approval, if `next` is about the question. */
  readonly start?: Answer;
  /** Set if what is held back now would expire before the guard lets it start: when (RFC 3339 ms). */
  readonly expiresAt?: string;
};

export type HeldObject = {
  /** As the entries name it. */
  readonly target: string;
  /** The entry of its latest remediation. */
  readonly id: string;
  readonly hold: Hold;
};

/** An object and a record that no guard knows. */
const UNKNOWN = { id: "-", target: "-", isNew: true } as const;

/**
 * Reports what the guards of a rule have counted, and their answers now, by the code that answers remediations. The ends of the entries must
 * be known. `asks`: the rule asks for an approval first.
 */
export function inspectGuard(
  read: GuardState,
  settings: GuardSettings,
  asks: boolean,
  nowMs: number,
): GuardReport {
  const state = toCurrent(read, settings, nowMs);
  const { entries } = state;
  const { storm } = settings;
  const ask = (isQuestion: boolean): Answer => {
    const { answers } = admit(state, [{ ...UNKNOWN, isQuestion }], settings, nowMs);
    return answers.get(UNKNOWN.id) ?? { outcome: "admitted" };
  };
  const next = ask(asks);
  const start = asks ? ask(false) : undefined;
  const expiresMs = nowMs + settings.deferForMs;
  const isLost = [next, start].some(
    (answer) => answer?.outcome === "deferred" && toMs(answer.hold.until) > expiresMs,
  );
  return {
    inProgress: entries.filter(isInFlight).length,
    startedWithinHour: findAdmitted(entries, HOUR_MS, nowMs).length,
    objectsWithinHour: findRemediated(entries, nowMs).size,
    matches: storm === undefined ? 0 : countMatches(entries, storm, nowMs),
    failedInRow: toFailedTargets(findFailureRow(entries)).length,
    holds: findRuleHolds(state, settings, nowMs),
    objects: findHeldObjects(state, settings, nowMs),
    next,
    ...(start === undefined ? {} : { start }),
    ...(isLost ? { expiresAt: toIso(expiresMs) } : {}),
  };
}

/**
 * Each guard is asked by itself, because people must know all that holds back: the next one may, when the first no longer does. Guards that
 * hold back one object and no other do not hold back the unknown one.
 */
function findRuleHolds(state: GuardState, settings: GuardSettings, nowMs: number): readonly Hold[] {
  const holds = GUARDS.map((guard) => guard(state, UNKNOWN, settings, nowMs));
  return [findPause(state, nowMs), ...holds].filter((hold) => hold !== undefined);
}

function findHeldObjects(
  state: GuardState,
  settings: GuardSettings,
  nowMs: number,
): readonly HeldObject[] {
  const latest = new Map<string, GuardEntry>();
  for (const entry of findAdmitted(state.entries, Infinity, nowMs)) latest.set(entry.target, entry);
  return [...latest.values()]
    .flatMap(({ target, id }) => {
      const candidate = { ...UNKNOWN, target };
      const hold =
        holdTargetBreaker(state, candidate, settings, nowMs) ??
        holdCooldown(state, candidate, settings, nowMs);
      return hold === undefined ? [] : [{ target, id, hold }];
    })
    .toSorted((a, b) => Date.parse(b.hold.until) - Date.parse(a.hold.until));
}
