import { toMost } from "../../core/guards/blast-radius.ts";
import type { Hold, Selected } from "../../core/guards/hold.ts";
import type { GuardReport, HeldObject } from "../../core/guards/inspect.ts";
import type { GuardSettings } from "../../core/guards/settings.ts";
import { formatDuration } from "../../core/text/duration.ts";

/** The guard of one rule, and whose limits its report is about. */
export type InspectedRule = {
  readonly rule: string;
  /** `assumed`: no pipeline file was named, so these are the limits of a rule that sets none. */
  readonly limits: "file" | "assumed";
  readonly settings: GuardSettings;
  readonly report: GuardReport;
  /** How many objects the rule selects, if a limit depends on it. */
  readonly selected?: Selected | undefined;
  /** Records that are held back. */
  readonly waiting: number;
  /** When the first and the last of them expire (RFC 3339 ms), unless they start before. */
  readonly expires?: { readonly first: string; readonly last: string } | undefined;
  /** When they are checked again (RFC 3339 ms). */
  readonly wakeAt: string | undefined;
  /** By the ids of entries. */
  readonly objects: ReadonlyMap<string, string>;
  /** Why the guard means nothing to the pipeline file. */
  readonly note?: string | undefined;
};

/** So many objects are named. */
const NAMED_MAX = 10;

/** A rule in a few lines: what would happen to its next match, what is counted, and what holds back until when. */
export function formatGuard(inspected: InspectedRule): readonly string[] {
  const { rule, report, limits, note } = inspected;
  const { holds, objects } = report;
  const assumed = limits === "assumed" ? " (limits assumed: --config FILE names them)" : "";
  return [
    `${rule}  ${describeNext(report)}${assumed}`,
    ...describeExpiry(inspected),
    ...(note === undefined ? [] : [`    ${note}`]),
    `    ${describeCounts(inspected)}`,
    ...holds.map(({ code, message }) => `    ${code}: ${message}`),
    ...describeWaiting(inspected),
    ...objects.slice(0, NAMED_MAX).map((held) => `    ${describeObject(held, inspected)}`),
    ...(objects.length > NAMED_MAX ? [`    and ${objects.length - NAMED_MAX} more objects`] : []),
  ];
}

function describeNext({ next, start }: GuardReport): string {
  if (start === undefined) {
    if (next.outcome === "admitted") return "the next match is started";
    const what = next.outcome === "refused" ? "is refused" : "is held back";
    return `the next match ${what} ${describeUntil(next.hold)}`;
  }
  if (next.outcome !== "admitted") {
    return `nobody is asked about the next match ${describeUntil(next.hold)}`;
  }
  const held = start.outcome === "refused" ? "refused" : "held back";
  const then =
    start.outcome === "admitted"
      ? "would be started"
      : `would then be ${held} ${describeUntil(start.hold)}`;
  return `a person is asked about the next match, which ${then}`;
}

function describeExpiry({ report, settings }: InspectedRule): readonly string[] {
  const { expiresAt } = report;
  if (expiresAt === undefined) return [];
  const time = formatDuration(settings.deferForMs);
  return [`    it would expire at ${expiresAt}, before it may start (deferFor ${time})`];
}

/** A pause may have no end: then its time is that of the next look, which says nothing to people. */
function describeUntil({ code, until }: Hold): string {
  return code === "Paused" ? "while the pause lasts (Paused)" : `until ${until} at least (${code})`;
}

function describeCounts(inspected: InspectedRule): string {
  const { report, settings } = inspected;
  const { maxInFlight, maxPerHour, storm, breaker } = settings;
  return [
    `in progress ${report.inProgress}${ofMost(maxInFlight)}`,
    `started within the hour ${report.startedWithinHour}${ofMost(maxPerHour)}`,
    ...describeRadius(inspected),
    ...(storm === undefined
      ? []
      : [`matches within ${formatDuration(storm.withinMs)} ${report.matches} of ${storm.matches}`]),
    ...(breaker === undefined
      ? []
      : [`failed in a row ${report.failedInRow} of ${breaker.failures}`]),
  ].join(", ");
}

function describeRadius({ report, settings, selected }: InspectedRule): readonly string[] {
  const { blastRadius } = settings;
  if (blastRadius === undefined) return [];
  const most = toMost(blastRadius, selected);
  const of = typeof most === "number" ? String(most) : "an unknown number";
  return [`objects within the hour ${report.objectsWithinHour} of ${of}`];
}

function ofMost(most: number | undefined): string {
  return most === undefined ? "" : ` of ${most}`;
}

function describeWaiting({ waiting, wakeAt, expires }: InspectedRule): readonly string[] {
  if (waiting === 0) return [];
  const when = wakeAt === undefined ? "" : `, and are checked again at ${wakeAt}`;
  return [`    held back: ${waiting}${when}`, ...describeExpiries(waiting, expires)];
}

function describeExpiries(waiting: number, expires: InspectedRule["expires"]): readonly string[] {
  if (expires === undefined) return [];
  const { first, last } = expires;
  const times = waiting === 1 ? `at ${first}` : `from ${first} to ${last}`;
  return [`    what has not started by then expires ${times} (deferFor)`];
}

function describeObject({ id, hold }: HeldObject, { objects }: InspectedRule): string {
  const name = objects.get(id) ?? "an object whose record is gone";
  return `${name} is left alone (${hold.code}): ${hold.message}`;
}

/** The same for scripts. */
export function toGuardLine(inspected: InspectedRule): Readonly<Record<string, unknown>> {
  const { report, objects, settings, ...rest } = inspected;
  const named = report.objects.map(({ id, hold }) => ({
    object: objects.get(id) ?? null,
    ...hold,
  }));
  return { type: "guard", ...rest, settings, ...report, objects: named };
}
