import pc from "picocolors";
import {
  compareDecisions,
  type Compared,
  type DecisionDifference,
} from "../../../core/simulate/compare-decisions.ts";
import { createEndComparison, type EndDifference } from "../../../core/simulate/compare-ends.ts";
import type { GuardEvent } from "../../../core/simulate/guard-event.ts";
import { toPrintable } from "../../../core/text/printable.ts";
import type { Message, SideDecision, SideDecisions } from "../decide/decide-side.ts";
import type { Side } from "../decide/side.ts";
import { toComparedText, withoutShared } from "./compare-plans.ts";
import { formatChange, formatSide, toChangeRecord } from "./format.ts";
import { describeEvent, formatAnswer, toAnswerRecord } from "./format-guards.ts";
import { formatPlan } from "./format-plan.ts";
import type { Report } from "./line-writer.ts";
import { toOutcomeRecord } from "./report-decisions.ts";

type ComparedDecision = SideDecision & Compared;
type Both = { readonly base: Side; readonly other: Side };

/** Reports how two pipelines differ: in their decisions, in what a match does, and in what their guards make of it. */
export function createDifferenceReporter(
  base: Side,
  other: Side,
  report: Report,
): {
  /** Returns whether they differ on the change. */
  readonly decided: (read: Message, before: SideDecisions, after: SideDecisions) => boolean;
  readonly ended: (before: readonly GuardEvent[], after: readonly GuardEvent[]) => void;
} {
  const both = { base, other };
  const ends = createEndComparison();
  const take = (events: readonly GuardEvent[], name: "before" | "after"): void => {
    const { guardTally } = name === "before" ? base : other;
    for (const event of events) {
      guardTally.add(event);
      const found = ends.add(name, event);
      if (found !== undefined) reportEnds(found, both, report);
    }
  };
  return {
    decided(read, before, after) {
      take(before.before, "before");
      take(after.before, "after");
      const [was, is] = [toCompared(base, before, read), toCompared(other, after, read)];
      for (const record of findOpen(was, is)) ends.expect(record);
      take(findEvents(before), "before");
      take(findEvents(after), "after");
      const differences = compareDecisions(was, is);
      for (const [index, difference] of differences.entries()) {
        const heading = index === 0 ? `${formatChange(read.message, read.line)}\n` : "";
        report(heading + formatDifference(difference, both), toRecord(difference, read));
      }
      return differences.length > 0;
    },
    ended(before, after) {
      take(before, "before");
      take(after, "after");
    },
  };
}

function toCompared(
  side: Side,
  { decisions }: SideDecisions,
  { message }: Message,
): readonly ComparedDecision[] {
  if (decisions === undefined) side.watches.addUnbound(message);
  return (decisions ?? []).map((one) => ({
    ...one,
    does: toComparedText(one.plan),
    guarded: one.guard?.outcome,
  }));
}

function findEvents({ decisions = [], after }: SideDecisions): readonly GuardEvent[] {
  return [...decisions.flatMap(({ guard }) => guard ?? []), ...after];
}

/** The records that both pipelines ask for, and that one of them does not start at once. */
function findOpen(
  before: readonly ComparedDecision[],
  after: readonly ComparedDecision[],
): readonly string[] {
  return before.flatMap((was) => {
    const { recordName } = was.decision;
    const is = after.find(({ decision }) => decision.recordName === recordName);
    if (!was.isRequested || is?.isRequested !== true || recordName === undefined) return [];
    return isOpen(was) || isOpen(is) ? [recordName] : [];
  });
}

function isOpen({ guard }: SideDecision): boolean {
  return guard === undefined || guard.outcome === "deferred";
}

/** The rule, each pipeline in a line, and below it what it does that the other does not. */
function formatDifference(
  { rule, before, after }: DecisionDifference<ComparedDecision>,
  { base, other }: Both,
): string {
  return [
    `  ${rule}`,
    ...formatOneSide(base.file, before, after),
    ...formatOneSide(other.file, after, before),
  ].join("\n");
}

function formatOneSide(
  label: string,
  own: ComparedDecision | undefined,
  opposite: ComparedDecision | undefined,
): readonly string[] {
  const plan = own?.plan && withoutShared(own.plan, opposite?.plan);
  const isShown = own?.guarded !== opposite?.guarded;
  return [
    formatSide(label, own?.decision, own?.isNew),
    ...(plan === undefined ? [] : formatPlan(plan)),
    ...(own?.guard !== undefined && isShown ? [formatAnswer(own.guard)] : []),
  ];
}

function toRecord(
  { rule, before, after }: DecisionDifference<ComparedDecision>,
  { message, line }: Message,
): Readonly<Record<string, unknown>> {
  return {
    type: "difference",
    ...toChangeRecord(message, line),
    rule,
    before: before === undefined ? null : toOutcomeRecord(before),
    after: after === undefined ? null : toOutcomeRecord(after),
  };
}

function reportEnds({ before, after }: EndDifference, { base, other }: Both, report: Report): void {
  const { rule, record, line } = before;
  const head = `${pc.bold(toPrintable(record))} ${pc.dim(`(line ${line})`)} ends differently`;
  const lines = [head, formatEnd(base.file, before), formatEnd(other.file, after)];
  report(lines.join("\n"), {
    type: "guardDifference",
    rule,
    record,
    line,
    before: { time: before.time, ...toAnswerRecord(before) },
    after: { time: after.time, ...toAnswerRecord(after) },
  });
}

function formatEnd(label: string, event: GuardEvent): string {
  return `    ${toPrintable(`${label}: ${event.time} ${describeEvent(event)}`)}`;
}
