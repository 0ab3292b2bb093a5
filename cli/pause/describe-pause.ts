import { isPaused } from "../../core/guards/limits.ts";
import { formatDuration } from "../../core/text/duration.ts";
import { ALL_GUARD, type GuardPause, type RuleGuard } from "../../events/rule-guard.ts";

const MINUTE_MS = 60_000;

/** What is paused now, until when, and how to resume it. */
export function describePause(name: string, paused: GuardPause, nowMs: number): string {
  const what = name === ALL_GUARD ? "All rules are" : `Rule ${name} is`;
  const resume = name === ALL_GUARD ? "kubemend resume" : `kubemend resume ${name}`;
  return `${what} paused ${describeUntil(paused, nowMs)}: ${paused.reason ?? "no reason given"}. Nothing more is started; what has begun is finished. ${resume} ends it.`;
}

/** `until 2026-03-01T18:00:00.000Z, for 2h`, or `until somebody resumes it`. */
export function describeUntil({ until }: GuardPause, nowMs: number): string {
  const untilMs = Date.parse(until ?? "");
  if (until === undefined || Number.isNaN(untilMs)) return "until somebody resumes it";
  const minutes = Math.ceil((untilMs - nowMs) / MINUTE_MS);
  return `until ${until}, for ${formatDuration(Math.max(1, minutes) * MINUTE_MS)}`;
}

/** The pauses that still hold back what was resumed: that of all rules, or those of single ones. */
export function toStillPaused(
  name: string,
  guards: readonly RuleGuard[],
  nowMs: number,
): { readonly lines: readonly string[]; readonly pauses: readonly object[] } {
  const others = guards.filter(({ metadata, spec }) => {
    const isOther = name === ALL_GUARD ? metadata.name !== name : metadata.name === ALL_GUARD;
    return isOther && isPaused(spec?.paused, nowMs);
  });
  return {
    lines: others.map(({ metadata, spec }) => {
      const text = describePause(metadata.name, spec?.paused ?? {}, nowMs);
      return `Still: ${text}`;
    }),
    pauses: others.map(({ metadata, spec }) => ({ rule: metadata.name, ...spec?.paused })),
  };
}
