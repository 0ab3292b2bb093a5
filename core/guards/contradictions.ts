import { formatDuration } from "../text/duration.ts";
import { HOUR_MS, toRadiusLimit, type GuardSettings } from "./settings.ts";
import { findLongestGap } from "./times/longest-gap.ts";

/** Pairs of limits that are valid by themselves, but of which one makes the other useless. In sentences, for their authors. */
export function findContradictions(settings: GuardSettings): readonly string[] {
  return [
    ...findLostWaits(settings),
    ...findLostBursts(settings),
    ...findLostWindows(settings),
    ...findIdleBreaker(settings),
    ...findIdleRadius(settings),
    ...findOpenRadius(settings),
  ];
}

/** Remediations that are held back expire before their guard lets any of them start. */
function findLostWaits({
  whenGuarded,
  deferForMs,
  breaker,
  storm,
  cooldownMs,
}: GuardSettings): readonly string[] {
  if (whenGuarded === "refuse") return [];
  const holds: readonly (readonly [string, number | undefined, string])[] = [
    ["breaker.halfOpenAfter", breaker?.halfOpenAfterMs, "before the breaker lets one be tried"],
    ["stormBrake.quiet", storm?.quietMs, "before a storm can be over"],
    ["cooldown", cooldownMs, "before the cooldown of an object that has just been remediated ends"],
  ];
  return holds.flatMap(([key, ms, when]) => {
    if (ms === undefined || ms <= deferForMs) return [];
    const [short, long] = [deferForMs, ms].map(formatDuration);
    return [
      `deferFor (${short}) is shorter than ${key} (${long}): what is held back expires ${when}. Set deferFor to ${long} or more, or ${key} to ${short} or less.`,
    ];
  });
}

/** If many match at once, those above a limit of an hour expire before the hour is over. */
function findLostBursts(settings: GuardSettings): readonly string[] {
  const { whenGuarded, deferForMs, maxPerHour, blastRadius } = settings;
  if (whenGuarded === "refuse" || deferForMs >= HOUR_MS) return [];
  const limits = [
    ...(maxPerHour === undefined ? [] : ["maxPerHour"]),
    ...(blastRadius === undefined ? [] : ["blastRadius"]),
  ];
  if (limits.length === 0) return [];
  return [
    `deferFor (${formatDuration(deferForMs)}) is shorter than the hour of ${limits.join(" and ")}: if many match at once, what is above the limit expires before more may start. Set deferFor to 1h or more.`,
  ];
}

/** Remediations that match long before the next maintenance window expire before it begins. */
function findLostWindows({
  whenGuarded,
  deferForMs,
  windows = [],
}: GuardSettings): readonly string[] {
  const gapMs = findLongestGap(windows);
  if (whenGuarded === "refuse" || gapMs <= deferForMs) return [];
  const [short, long] = [deferForMs, gapMs].map(formatDuration);
  return [
    `deferFor (${short}) is shorter than the longest time between two windows (${long}): what matches so long before the next window expires before it begins. Set deferFor to ${long} or more, or add a window.`,
  ];
}

function findIdleRadius({ blastRadius, maxPerHour }: GuardSettings): readonly string[] {
  const count = blastRadius && toRadiusLimit(blastRadius);
  if (count === undefined || maxPerHour === undefined || count < maxPerHour) return [];
  const key = blastRadius?.percent === undefined ? "blastRadius" : "blastRadius.atMost";
  return [
    `${key} (${count}) never counts: maxPerHour (${maxPerHour}) starts no more remediations within an hour. Set ${key} to less, or maxPerHour to more.`,
  ];
}

/** A part of what a rule selects grows with what others create. */
function findOpenRadius({ blastRadius, maxPerHour }: GuardSettings): readonly string[] {
  if (blastRadius?.percent === undefined || maxPerHour !== undefined) return [];
  if (blastRadius.atMost !== undefined) return [];
  const { percent } = blastRadius;
  return [
    `blastRadius (${percent}%) has no upper limit: whoever may create objects that the rule selects makes it larger, for all of them. Write blastRadius: { percent: ${percent}, atMost: <objects> }, or set maxPerHour.`,
  ];
}

function findIdleBreaker({ breaker, cooldownMs = 0 }: GuardSettings): readonly string[] {
  if (breaker === undefined) return [];
  const { sameTarget, withinMs } = breaker;
  const leastMs = (sameTarget - 1) * cooldownMs;
  if (leastMs < withinMs) return [];
  return [
    `breaker.sameTarget (${sameTarget} within ${formatDuration(withinMs)}) never counts: with a cooldown of ${formatDuration(cooldownMs)} so many remediations of one object take at least ${formatDuration(leastMs)}. Set breaker.within to more than that.`,
  ];
}
