import type { PipelineIssue, Rule } from "../pipeline.ts";
import { toBounds } from "../../guards/times/next-change.ts";
import { A_MONDAY_MS } from "../../guards/times/longest-gap.ts";
import { isDuring, type Period } from "../../guards/times/period.ts";
import type { TimedMode } from "../../guards/times/timed-mode.ts";
import { isAnyOpen, type Freeze } from "../../guards/times/windows.ts";

type Path = PipelineIssue["path"];

/** Periods of a rule that do nothing, or that say the same twice. */
export function findPeriodFaults(
  { modes = [], guards: { windows = [], freezes = [] } }: Rule,
  path: Path,
): readonly PipelineIssue[] {
  const at = [...path, "guards"];
  return [
    ...findUselessModes(modes, [...at, "modes"]),
    ...findOverlappingWindows(windows, [...at, "windows"]),
    ...findOverlappingFreezes(freezes, [...at, "freezes"]),
  ];
}

/** An entry that never applies, because others before it always do. */
function findUselessModes(modes: readonly TimedMode[], path: Path): readonly PipelineIssue[] {
  const periods = modes.flatMap(({ during }) => (during === undefined ? [] : [during]));
  const bounds = toBounds(periods, A_MONDAY_MS);
  return modes.flatMap((timed, index) => {
    const earlier = modes.slice(0, index).flatMap(({ during }) => during ?? []);
    const applies = bounds.some(
      (bound) =>
        (timed.during === undefined || isDuring(timed.during, bound)) && !isAnyOpen(earlier, bound),
    );
    if (applies || earlier.length === 0) return [];
    const message = "it never applies, because the entries before it cover all of its time";
    const hint = "the first entry that applies counts: move it up, or remove it";
    return [{ path: [...path, index], message, hint }];
  });
}

function findOverlappingWindows(windows: readonly Period[], path: Path): readonly PipelineIssue[] {
  const bounds = toBounds(windows, A_MONDAY_MS);
  return windows.flatMap((window, index) => {
    const other = windows
      .slice(0, index)
      .find((earlier) => bounds.some((at) => isDuring(earlier, at) && isDuring(window, at)));
    if (other === undefined) return [];
    const message = `it overlaps with ${other.text}`;
    return [{ path: [...path, index], message, hint: "write one window for both, or remove one" }];
  });
}

function findOverlappingFreezes(freezes: readonly Freeze[], path: Path): readonly PipelineIssue[] {
  return freezes.flatMap(({ fromMs, toMs }, index) => {
    const other = freezes
      .slice(0, index)
      .find((earlier) => earlier.fromMs < toMs && fromMs < earlier.toMs);
    if (other === undefined) return [];
    const from = new Date(Math.min(fromMs, other.fromMs)).toISOString();
    const to = new Date(Math.max(toMs, other.toMs)).toISOString();
    const message = `it overlaps with the freeze that begins at ${new Date(other.fromMs).toISOString()}`;
    return [{ path: [...path, index], message, hint: `write one freeze: from ${from} to ${to}` }];
  });
}
