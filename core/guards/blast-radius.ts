import type { GuardEntry } from "../../events/rule-guard.ts";
import { findAdmitted, LOOK_AGAIN_MS, toIso, toMs, type Guard, type Selected } from "./hold.ts";
import { HOUR_MS, type BlastRadius } from "./settings.ts";

/**
 * Of how many objects remediations are started within an hour. An object that was remediated within the hour already is none more. A part
 * of the selected objects is rounded down, but one may always be remediated: else a rule would do nothing if there are few.
 */
export const holdBlastRadius: Guard = (
  { entries, selected },
  { target },
  { blastRadius },
  nowMs,
) => {
  if (blastRadius === undefined) return undefined;
  const latest = findRemediated(entries, nowMs);
  if (latest.has(target)) return undefined;
  const most = toMost(blastRadius, selected);
  if (typeof most !== "number") {
    const message = `${most.unknown}, and the rule may remediate only ${describeRadius(blastRadius)} of them within an hour (blastRadius); it is counted again`;
    return { code: "BlastRadiusUnknown", message, until: toIso(nowMs + LOOK_AGAIN_MS) };
  }
  if (latest.size < most) return undefined;
  const oldestFirst = [...latest.values()].toSorted((a, b) => a - b);
  const until = toIso((oldestFirst[latest.size - most] ?? nowMs) + HOUR_MS);
  const of = describeSelected(selected);
  const limit = blastRadius.percent === undefined ? "" : `: ${describeRadius(blastRadius)}${of}`;
  const message = `${latest.size} of ${most} objects were remediated by the rule within the last hour (blastRadius${limit}); the next may be at ${until}`;
  return { code: "BlastRadius", message, until };
};

/** The objects that were remediated within the last hour, and when each was last (ms since the epoch). */
export function findRemediated(
  entries: readonly GuardEntry[],
  nowMs: number,
): ReadonlyMap<string, number> {
  const admitted = findAdmitted(entries, HOUR_MS, nowMs);
  return new Map(admitted.map(({ target, admittedAt }) => [target, toMs(admittedAt)]));
}

function describeSelected(selected: Selected | undefined): string {
  if (selected === undefined) return "";
  return "count" in selected
    ? ` of ${selected.count} selected`
    : ` the upper limit alone counts now, as ${selected.unknown}`;
}

/** `20%`, `20%, but at most 5`, or `5`. */
export function describeRadius({ count, percent, atMost }: BlastRadius): string {
  if (percent === undefined) return String(count);
  return atMost === undefined ? `${percent}%` : `${percent}%, but at most ${atMost},`;
}

/**
 * So many objects at most; or why nobody knows. The upper limit holds by itself as long as the objects cannot be counted: whoever wrote it
 * has said how many may be remediated however many there are.
 */
export function toMost(
  { count, percent, atMost }: BlastRadius,
  selected: Selected | undefined,
): number | { readonly unknown: string } {
  if (percent === undefined) return count;
  const known = selected ?? { unknown: "it is not known how many objects it selects" };
  if ("unknown" in known) return atMost ?? known;
  return Math.min(atMost ?? Infinity, Math.max(1, Math.floor((known.count * percent) / 100)));
}
