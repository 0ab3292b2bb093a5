import { isSamePlace, formatPlace } from "../../core/mirror/manifest.ts";
import { formatScalar } from "../../core/preview/format-value.ts";
import { isRawInteger } from "../../events/json.ts";
import { limitText } from "../../core/text/limit-text.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { UNRECOGNIZED, type Finding, type FindingKind } from "./finding.ts";
import type { ShownDifference } from "./show-differences.ts";

const VALUE_MAX = 120;
/** The number of characters that are shown of a beginning that both values share. */
const COMMON_MAX = 20;
const KIND_WIDTH = 10;

/** A finding as lines for people: what differs, and below it each field as it is in the copy (`-`) and as it is to be (`+`). */
export function formatFinding(
  finding: Finding,
  differences: readonly ShownDifference[],
): readonly string[] {
  const { kind, reason } = finding;
  const why = reason === undefined ? "" : `: ${reason.message}`;
  const head = `  ${kind.padEnd(KIND_WIDTH)}${formatPlaces(finding)}${why}`;
  return [toPrintable(head), ...differences.flatMap(formatDifference)];
}

/** Kinds that are about a copy, and not about an object. */
const OF_COPY: ReadonlySet<FindingKind> = new Set(["orphan", "misplaced"]);

function formatPlaces({ kind, source, copy, reason }: Finding): string {
  const [own, there] = [formatPlace(source), formatPlace(copy)];
  if (isSamePlace(source, copy) && reason?.code === UNRECOGNIZED) return there;
  if (OF_COPY.has(kind)) return `${there}, the copy of ${own}`;
  return isSamePlace(source, copy) ? own : `${own} as ${there}`;
}

function formatDifference(difference: ShownDifference): readonly string[] {
  const { path, live, desired, isHidden, stays } = difference;
  if (stays === true) {
    const value = live === undefined ? "" : `: ${formatOne(live)}`;
    return [toPrintable(`    = ${path}${value} stays, because drift is report`)];
  }
  if (isHidden === true && live === undefined && desired === undefined) {
    return [toPrintable(`      ${path}: differs, and is not shown`)];
  }
  const [before, after] = formatBoth(live, desired);
  const note = isHidden === true ? ", of which a part is not shown" : "";
  return [
    ...(live === undefined ? [] : [`    - ${path}: ${before}`]),
    ...(desired === undefined ? [] : [`    + ${path}: ${after}${note}`]),
  ].map(toPrintable);
}

/** Both values in one line each; of long texts that begin alike, the part in which they differ. */
function formatBoth(live: unknown, desired: unknown): readonly [string, string] {
  if (typeof live !== "string" || typeof desired !== "string") {
    return [formatOne(live), formatOne(desired)];
  }
  if (Math.max(live.length, desired.length) <= VALUE_MAX) {
    return [formatOne(live), formatOne(desired)];
  }
  let common = 0;
  while (common < live.length && live[common] === desired[common]) common += 1;
  const from = Math.max(0, common - COMMON_MAX);
  const cut = (text: string): string =>
    formatOne(from === 0 ? text : `…${text.slice(from).toWellFormed()}`);
  return [cut(live), cut(desired)];
}

function formatOne(value: unknown): string {
  const isNested = typeof value === "object" && value !== null && !isRawInteger(value);
  return limitText(isNested ? JSON.stringify(value) : formatScalar(value), VALUE_MAX);
}
