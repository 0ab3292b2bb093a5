import type { ComparisonCounts, Mirror, MirrorStatus } from "../../events/mirrors/mirror.ts";
import type { Awaited } from "./await-comparisons.ts";

/** The sentence for people who have requested a comparison. */
export function describeRequested({ spec, status }: Mirror): string {
  const requested = `Requested the comparison of ${spec.rule} in ${spec.target}:`;
  if (isSilent(status)) {
    return `${requested} the target does not answer at present, so it is compared when it does.`;
  }
  switch (status?.state) {
    case "Paused":
      return `${requested} the rule is paused, so it is compared when it is resumed.`;
    case "Behind":
      return `${requested} the target is away, so it is compared when it answers.`;
    case "Obsolete":
      return `${requested} no rule of the functions' pipeline has this id and this target, so nothing is compared unless one has them again. \`kubectl delete mirror ${spec.rule}.${spec.target}\` removes what is left of it.`;
    case "NotCompared":
      return `${requested} the last ones have failed, and another begins within a minute.`;
    case "Comparing":
      return `${requested} one is in progress, and another follows it.`;
    case "InSync":
    case undefined:
      return `${requested} it begins within a minute.`;
  }
}

/** The sentence about what the comparison has found, or why there is none yet. */
export function formatCompared({ outcome, mirror, status }: Awaited): string {
  const { rule, target } = mirror.spec;
  const counts = status?.lastComparison;
  if (outcome === "obsolete") {
    return `${rule} in ${target} is not compared: ${status?.reason ?? "no rule mirrors there"}.`;
  }
  if (outcome === "waiting" || counts === undefined) {
    return `${rule} in ${target} was not compared yet: ${describeState(status)}. The request stays.`;
  }
  const { compared, missing, stale, drifted, orphans, failing = 0 } = counts;
  const found = `${rule} in ${target}: compared ${compared}, missing ${missing}, stale ${stale}, drifted ${drifted}, orphans ${orphans}, failing ${failing}.`;
  return [found, ...describeRest(counts)].join(" ");
}

/** The fate of the objects that differ: the counts are those of before the repair. */
function describeRest({
  missing,
  stale,
  drifted,
  orphans,
  failing = 0,
}: ComparisonCounts): readonly string[] {
  if (missing + stale + drifted + orphans + failing === 0) return ["Everything is equal."];
  const objects = failing === 1 ? "1 object has" : `${failing} objects have`;
  return [
    "What differs is being repaired, as far as the rule lets it.",
    ...(failing > 0
      ? [`${objects} a record that says why the copy is not as it is to be: kubemend remediations.`]
      : []),
    ...(drifted > 0 ? ["With drift: report, what has drifted stays."] : []),
    ...(orphans > 0 ? ["An orphan that is not known to be a copy stays, too."] : []),
    "kubemend diff shows what is left.",
  ];
}

/** Whether the target does not answer, but not for so long that the mirror is Behind. */
function isSilent(status: MirrorStatus | undefined): boolean {
  return status?.unreachableSince !== undefined && status.state !== "Behind";
}

function describeState(status: MirrorStatus | undefined): string {
  if (status === undefined) return "it has no state";
  const { state, reason, unreachableSince } = status;
  if (isSilent(status)) {
    const why = reason === undefined ? "" : ` (${reason})`;
    return `the target has not answered since ${unreachableSince ?? ""}${why}`;
  }
  return reason === undefined ? `it is ${state}` : `it is ${state} (${reason})`;
}

/** The same for scripts. */
export function toComparedLine({
  outcome,
  mirror,
  status,
}: Awaited): Readonly<Record<string, unknown>> {
  const { rule, target } = mirror.spec;
  const { state, reason, lastComparison } = status ?? {};
  return { type: outcome, rule, target, state, reason, lastComparison };
}
