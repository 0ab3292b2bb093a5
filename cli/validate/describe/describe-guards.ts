import { REMEDIATE_KEY } from "../../../core/decide/left-alone.ts";
import { findContradictions } from "../../../core/guards/contradictions.ts";
import type { GuardSettings } from "../../../core/guards/settings.ts";
import { formatDuration } from "../../../core/text/duration.ts";

/** The guards of a rule in sentences, with the defaults that apply. */
export function describeGuards(guards: GuardSettings): readonly string[] {
  return [
    describeLimits(guards),
    ...describeRadius(guards),
    describeBreaker(guards),
    describeStorm(guards),
    describeHeldBack(guards),
    describeOptIn(guards),
    ...findContradictions(guards).map((sentence) => `Note: ${sentence}`),
  ];
}

function describeLimits({ cooldownMs, maxInFlight, maxPerHour }: GuardSettings): string {
  const limits = [
    ...(maxInFlight === undefined ? [] : [`${maxInFlight} at once (maxInFlight)`]),
    ...(maxPerHour === undefined ? [] : [`${maxPerHour} an hour (maxPerHour)`]),
  ];
  const most =
    limits.length === 0
      ? "Starts any number of remediations"
      : `Starts at most ${limits.join(" and ")}`;
  return cooldownMs === undefined
    ? `${most}, and those of one object as often as it matches (cooldown: off).`
    : `${most}, and that of one object again after ${formatDuration(cooldownMs)} at the earliest (cooldown).`;
}

function describeRadius({ blastRadius }: GuardSettings): readonly string[] {
  if (blastRadius === undefined) return [];
  const { count, percent, atMost } = blastRadius;
  const limit = atMost === undefined ? "" : ` and never more than ${atMost},`;
  const most =
    percent === undefined
      ? `${count} objects`
      : `${percent}% of the objects that it selects, rounded down, but always one,${limit}`;
  const unknown =
    percent === undefined
      ? ""
      : "; if these cannot be counted, nothing of another object is started";
  return [`Remediates ${most} within an hour at most (blastRadius)${unknown}.`];
}

function describeBreaker({ breaker }: GuardSettings): string {
  if (breaker === undefined) return "Failed remediations do not stop the rule (breaker: off).";
  const { failures, sameTarget, withinMs, halfOpenAfterMs } = breaker;
  const pause = formatDuration(halfOpenAfterMs);
  return `Stops for ${pause} after the remediations of ${failures} objects have failed in a row, and for one object after ${failures} failures in a row or ${sameTarget} remediations within ${formatDuration(withinMs)}; then one is tried (breaker).`;
}

function describeStorm({ storm }: GuardSettings): string {
  if (storm === undefined) return "A storm of matches does not stop the rule (stormBrake: off).";
  const { matches, withinMs, quietMs } = storm;
  return `Starts nothing after more than ${matches} matches within ${formatDuration(withinMs)}, until it has been quiet for ${formatDuration(quietMs)} (stormBrake).`;
}

function describeOptIn({ optIn }: GuardSettings): string {
  const out = `what has the label or annotation ${REMEDIATE_KEY}: "false", or is in a namespace that has it`;
  if (optIn === undefined) return `Leaves alone ${out}.`;
  return `Acts only upon objects that have the labels ${optIn}, or whose namespace has them (optIn), and leaves alone ${out}.`;
}

function describeHeldBack({ whenGuarded, deferForMs }: GuardSettings): string {
  return whenGuarded === "refuse"
    ? "A remediation that a guard holds back is refused at once (whenGuarded: refuse)."
    : `A remediation that a guard holds back waits for ${formatDuration(deferForMs)} at most, and is then Expired (deferFor); the next match may start it.`;
}
