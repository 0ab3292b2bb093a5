import { findNextChange } from "./next-change.ts";
import { isDuring, type Period } from "./period.ts";

/** A mode that applies during a period, or, of the last one, at all other times. */
export type TimedMode = {
  readonly during?: Period | undefined;
  readonly mode: "enforce" | "approval";
};

type Mode = TimedMode["mode"] | "dryRun";

/** The mode of a rule; instead of it, its modes by time, of which the first that applies counts. */
export type Modes = { readonly mode: Mode; readonly modes?: readonly TimedMode[] | undefined };

/** The mode of a rule at a time (ms since the epoch). */
export function toModeAt({ mode, modes = [] }: Modes, ms: number): Mode {
  return modes.find(({ during }) => during === undefined || isDuring(during, ms))?.mode ?? mode;
}

/** When the mode of a rule is another one, after `ms`; undefined if it stays. */
export function findNextMode(rule: Modes, ms: number): number | undefined {
  const periods = (rule.modes ?? []).flatMap(({ during }) =>
    during === undefined ? [] : [during],
  );
  return findNextChange(periods, ms, (at) => toModeAt(rule, at));
}

/** Whether a remediation of the rule may ask a person. */
export function mayAsk({ mode, modes = [] }: Modes): boolean {
  return mode === "approval" || modes.some((timed) => timed.mode === "approval");
}
