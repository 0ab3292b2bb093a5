import { isPaused } from "../../core/guards/limits.ts";
import { formatDuration } from "../../core/text/duration.ts";
import { ALL_GUARD, type GuardPause, type RuleGuard } from "../../events/rule-guard.ts";

const MINUTE_MS = 60_000;

/** What is paused now, until when, and how to resume it. */
export function describePause(name: string, paused: GuardPause, nowMs: number): string {
  const what = name === ALL_GUARD ? "All rules are" : `Rule ${name} is`;
  const resume = name === ALL_GUARD ? "kubemend resume" : `kubemend resume ${name}`;
  return `${what} paused ${describeUntil(paused, nowMs)}${describeBy(paused)}: ${paused.reason ?? "no reason given"}. Nothing more is started; what has begun is finished. ${resume} ends it.`;
}

/** `until 2026-03-01T18:00:00.000Z, for 2h`, or `until somebody resumes it`. */
export function describeUntil({ until }: GuardPause, nowMs: number): string {
  const untilMs = Date.parse(until ?? "");
  if (until === undefined || Number.isNaN(untilMs)) return "until somebody resumes it";
  const minutes = Math.ceil((untilMs - nowMs) / MINUTE_MS);
  return `until ${until}, for ${formatDuration(Math.max(1, minutes) * MINUTE_MS)}`;
}

function describeBy({ by }: GuardPause): string {
  return by === undefined ? "" : `, by ${by}`;
}

/** The pause in force that a new one takes the place of. */
export function describeReplaced(paused: GuardPause, nowMs: number): string {
  return `This replaces the pause ${describeUntil(paused, nowMs)}${describeBy(paused)}: ${paused.reason ?? "no reason given"}.`;
}

/** The guards that pause their rule, or all rules. */
export function findPaused(guards: readonly RuleGuard[], nowMs: number): readonly RuleGuard[] {
  return guards.filter(({ spec }) => isPaused(spec?.paused, nowMs));
}

/** Why there is no pause to end of a rule that has no guard. */
export function describeUnpaused(
  name: string,
  paused: readonly RuleGuard[],
  suggestion: string,
): string {
  const names = paused.map(({ metadata }) =>
    metadata.name === ALL_GUARD ? "all rules (kubemend resume)" : metadata.name,
  );
  const standing = names.length === 0 ? "Nothing is paused." : `Paused: ${names.join(", ")}.`;
  return `The rule ${name} has no guard, so it was not paused, and nothing was resumed.${suggestion} ${standing}`;
}

/** The pauses that still hold back what was resumed: that of all rules, or those of single ones. All of them if nothing was resumed. */
export function toStillPaused(
  name: string,
  wasPaused: boolean,
  paused: readonly RuleGuard[],
  nowMs: number,
): { readonly lines: readonly string[]; readonly pauses: readonly object[] } {
  const others = paused.filter(({ metadata }) =>
    name === ALL_GUARD || !wasPaused ? metadata.name !== name : metadata.name === ALL_GUARD,
  );
  return {
    lines: others.map(({ metadata, spec }) => {
      const text = describePause(metadata.name, spec?.paused ?? {}, nowMs);
      return `Still: ${text}`;
    }),
    pauses: others.map(({ metadata, spec }) => ({ rule: metadata.name, ...spec?.paused })),
  };
}
