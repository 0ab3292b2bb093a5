import { findNextMode, toModeAt } from "../../../core/guards/times/timed-mode.ts";
import {
  findFreeze,
  findNextOpening,
  isAnyOpen,
  type Freeze,
} from "../../../core/guards/times/windows.ts";
import type { Period } from "../../../core/guards/times/period.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";

type Timed = Pick<Rule, "mode" | "modes" | "guards">;

/** The modes of a rule by time, and which one applies at `nowMs`. */
export function describeModes(rule: Timed, nowMs: number): readonly string[] {
  const { modes = [] } = rule;
  if (modes.length === 0) return [];
  const list = modes.map(({ during, mode }) =>
    during === undefined ? `otherwise ${mode}` : `${mode} during ${during.text}`,
  );
  const nextMs = findNextMode(rule, nowMs);
  const now = toModeAt(rule, nowMs);
  const change =
    nextMs === undefined
      ? "and does not change within 15 days"
      : `until ${toSecond(nextMs)}, then ${toModeAt(rule, nextMs)}`;
  return [
    `Has the mode of the time at which its record is made (modes): ${list.join(", ")}. Now it is ${now}, ${change}.`,
  ];
}

/** When a rule starts remediations, and whether it does at `nowMs`. */
export function describeTimes({ guards }: Timed, nowMs: number): readonly string[] {
  const { windows = [], freezes = [] } = guards;
  return [
    ...(windows.length === 0 ? [] : [describeWindows(windows, nowMs)]),
    ...freezes.map((freeze) => describeFreeze(freeze, nowMs)),
  ];
}

function describeWindows(windows: readonly Period[], nowMs: number): string {
  const names = windows.map(({ text }) => text).join(", ");
  const nextMs = findNextOpening(windows, nowMs);
  const state = isAnyOpen(windows, nowMs) ? "It is inside now" : "It is outside now";
  const change = nextMs === undefined ? "" : `, until ${toSecond(nextMs)}`;
  return `Starts remediations only during ${names} (windows). ${state}${change}.`;
}

function describeFreeze(freeze: Freeze, nowMs: number): string {
  const { fromMs, toMs, reason } = freeze;
  const why = reason === undefined ? "" : `: ${reason}`;
  const state =
    toMs <= nowMs
      ? " This is over"
      : findFreeze([freeze], nowMs) === undefined
        ? ""
        : " This is so now";
  const sentence = `Starts nothing from ${toSecond(fromMs)} until ${toSecond(toMs)} (freezes)${why}.`;
  return state === "" ? sentence : `${sentence}${state}.`;
}

/** RFC 3339, as precise as people write it. */
function toSecond(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
