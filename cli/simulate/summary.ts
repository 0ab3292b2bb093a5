import pc from "picocolors";
import { describeWatch } from "../../core/simulate/explain-unbound.ts";
import { formatDuration } from "../../core/text/duration.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { formatAlertCounts } from "./report/format-alert-counts.ts";
import { formatGuardCounts } from "./report/format-guard-counts.ts";
import type { Side } from "./decide/side.ts";
import type { SimulationResult } from "./simulate.ts";

/** The summary of a run for people: counts by rule, and what could not be decided. */
export function formatSummary(result: SimulationResult): string {
  const { base, other, changes, refused, different, isStopped, lastLine } = result;
  const lines = [
    "",
    pc.bold(`${count(changes, "change")} in ${count(lastLine, "line")}`) +
      (refused === 0 ? "" : `, ${count(refused, "line")} of which could not be read`) +
      (isStopped ? "; stopped before the end" : ""),
  ];
  if (other !== undefined) {
    lines.push(
      different === 0
        ? toPrintable(`${other.file} decides the same as ${base.file}.`)
        : toPrintable(
            `${other.file} decides differently from ${base.file} on ${count(different, "change")}.`,
          ),
    );
  }
  for (const side of other === undefined ? [base] : [base, other]) lines.push(...formatSide(side));
  lines.push(...formatAssumed(result));
  return lines.join("\n");
}

function formatSide(side: Side): readonly string[] {
  const rules = side.tally.rules();
  // Those without any change are named below, with their watch.
  const seen = rules.filter(
    ({ matched, notMatched, unknown, error }) => matched + notMatched + unknown + error > 0,
  );
  const rows = seen.map((tally) => {
    const episodes = count(tally.episodes, "episode") + (side.tally.isComplete() ? "" : " or more");
    return `  ${tally.rule}: matched ${tally.matched} (${episodes}), not matched ${tally.notMatched}, unknown ${tally.unknown}, error ${tally.error}`;
  });
  return [
    `With ${toPrintable(side.file)}:`,
    ...(rules.length === 0 ? ["  it has no rules"] : rows),
    ...side.guardTally.rules().map((counts) => `  ${formatGuardCounts(counts)}`),
    ...side.alerts.counts().map((counts) => `  ${toPrintable(formatAlertCounts(counts))}`),
    ...side.watches
      .unbound()
      .map(
        ({ changes, reason }) => `  unbound: ${count(changes, "change")}: ${toPrintable(reason)}`,
      ),
    ...side.watches.unrecorded().map((watch) => {
      const rules = watch.rules.map((rule) => rule.id).join(", ");
      return pc.yellow(
        `  no change was recorded for ${rules} on ${toPrintable(describeWatch(watch))}: what would be done is unknown`,
      );
    }),
  ];
}

/** The answers of the guards, if they were asked. */
function formatAssumed({ base, other, assumed }: SimulationResult): readonly string[] {
  const isAsked = [base, other].some(
    (side) => side !== undefined && side.guardTally.rules().length > 0,
  );
  if (!isAsked) return [];
  const { durationMs, fails } = assumed;
  const when = durationMs === 0 ? "at once" : `after ${formatDuration(durationMs)}`;
  const end = fails ? "to have failed" : "to have succeeded";
  return [
    pc.dim(
      `The guards take each remediation ${end} ${when}, and each question to be approved at once; nothing is paused.`,
    ),
  ];
}

/** The summary as the last line of the JSON output. */
export function toSummaryRecord(result: SimulationResult): Readonly<Record<string, unknown>> {
  const { base, other, changes, refused, different, lastLine, isStopped } = result;
  return {
    type: "summary",
    lines: lastLine,
    changes,
    unreadable: refused,
    stopped: isStopped,
    assumed: result.assumed,
    ...toSideRecord(base),
    ...(other === undefined ? {} : { different, against: toSideRecord(other) }),
  };
}

function toSideRecord(side: Side): Readonly<Record<string, unknown>> {
  return {
    pipeline: side.pipeline.digest,
    rules: side.tally.rules(),
    episodesComplete: side.tally.isComplete(),
    guards: side.guardTally.rules(),
    alerts: side.alerts.counts(),
    unbound: side.watches.unbound(),
    unrecorded: side.watches
      .unrecorded()
      .map((watch) => ({ watch: watch.key, rules: watch.rules.map((rule) => rule.id) })),
  };
}

function count(number: number, what: string): string {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}
