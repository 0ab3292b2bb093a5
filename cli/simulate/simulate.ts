import type { Writable } from "node:stream";
import type { KubernetesObject } from "../../events/change.ts";
import { compareDecisions } from "../../core/simulate/compare-decisions.ts";
import { createTally, type Tally } from "../../core/simulate/tally.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { readRecording, type RecordedLine } from "../../adapters/recording/read-recording.ts";
import { createRecordedFields, type RecordedFields } from "../../core/simulate/recorded-fields.ts";
import type { ChangeMessage } from "../../events/change.ts";
import { findBoundRules } from "../../core/pipeline/watches.ts";
import { decideChange, readReferences, type SeenMessage } from "./decide-change.ts";
import {
  formatChange,
  formatDecision,
  formatSide,
  toChangeRecord,
  toDecisionRecord,
} from "./format.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { toJsonLine, toPrintableLines } from "../terminal/printable.ts";
import { formatPlan, toPlanRecord } from "./format-plan.ts";
import { createLineWriter } from "./line-writer.ts";
import { planMatch } from "./plan-match.ts";
import type { Progress } from "./progress.ts";
import { createWatchRegister, type WatchRegister } from "./unbound.ts";

/** A pipeline, with the file name that the user gave. */
export type NamedPipeline = { readonly file: string; readonly pipeline: Pipeline };

export type SimulateDeps = {
  readonly recording: AsyncIterable<Uint8Array>;
  readonly base: NamedPipeline;
  /** If set, only what it would do differently is reported. */
  readonly other: NamedPipeline | undefined;
  readonly catalog: Catalog;
  /** Objects that actions may look at, besides the recorded one. */
  readonly objects: readonly KubernetesObject[];
  readonly json: boolean;
  readonly output: Writable;
  readonly progress: Progress;
};

/** One pipeline's part of a run. */
export type Side = NamedPipeline & {
  readonly tally: Tally;
  readonly watches: WatchRegister;
  readonly fields: RecordedFields;
};

export type SimulationResult = {
  readonly base: Side;
  readonly other: Side | undefined;
  readonly changes: number;
  readonly refused: number;
  /** Changes on which the other pipeline decides differently. */
  readonly different: number;
  readonly lastLine: number;
  /** Stopped before the end of the recording. */
  readonly isStopped: boolean;
};

type Message = Extract<RecordedLine, { readonly outcome: "read" }>;

/**
 * Decides on every change of a recording as normalize would, offline, and reports each decision. It streams: memory does not
 * grow with the recording. It is deterministic: the same recording and pipelines give the same lines.
 */
export async function simulate(deps: SimulateDeps, signal: AbortSignal): Promise<SimulationResult> {
  const { progress, json } = deps;
  const writer = createLineWriter(deps.output);
  const base = toSide(deps.base);
  const other = deps.other === undefined ? undefined : toSide(deps.other);
  const counts = { changes: 0, refused: 0, different: 0, lastLine: 0 };
  const report = (line: string, record: Readonly<Record<string, unknown>>): void =>
    writer.write(json ? toJsonLine(record) : toPrintableLines(line));
  const flush = async (): Promise<void> => {
    progress.clear();
    await writer.flush();
  };
  const run = other === undefined ? reportDecisions : reportDifferences;
  for await (const { lines, bytes } of readRecording(deps.recording)) {
    for (const read of lines) {
      counts.lastLine = read.line;
      if (read.outcome === "refused") {
        counts.refused += 1;
        const { line, code, reason } = read;
        report(`line ${line} cannot be read: ${toPrintable(reason)}`, {
          type: "unreadable",
          line,
          code,
          reason,
        });
      } else {
        counts.changes += 1;
        if (await run({ ...deps, base, other, report, signal }, read)) counts.different += 1;
      }
      if (writer.isFull()) await flush();
    }
    progress.update({ bytes, lines: counts.lastLine });
    if (signal.aborted) break;
  }
  await flush();
  return { base, other, ...counts, isStopped: signal.aborted };
}

function toSide(named: NamedPipeline): Side {
  const ids = named.pipeline.rules.map((rule) => rule.id);
  const watches = createWatchRegister(named.pipeline);
  return { ...named, tally: createTally(ids), watches, fields: createRecordedFields() };
}

type Run = {
  readonly catalog: Catalog;
  readonly objects: readonly KubernetesObject[];
  readonly signal: AbortSignal;
  readonly base: Side;
  readonly other: Side | undefined;
  readonly report: (line: string, record: Readonly<Record<string, unknown>>) => void;
};

/** The answers to `on.changed` of the rules of a pipeline, from the states of the recording. */
function toSeen({ pipeline, fields }: Side, message: ChangeMessage): SeenMessage {
  const rules = findBoundRules(pipeline, message.data.watch);
  return { pipeline, message: fields.answer(message, rules) };
}

/**
 * Reports each decision of one pipeline, and what a match would do; an episode that an earlier change has started does nothing more.
 * Returns false, since there is no other pipeline to differ from.
 */
async function reportDecisions(run: Run, { line, message }: Message): Promise<boolean> {
  const { catalog, base, report, signal } = run;
  base.watches.see(message);
  const seen = toSeen(base, message);
  const references = readReferences([seen], message.data.object, catalog);
  const decisions = decideChange(base.pipeline, seen.message, references);
  const change = toChangeRecord(message, line);
  if (decisions === undefined) {
    const reason = base.watches.addUnbound(message);
    report(`${formatChange(message, line)}\n  unbound: ${toPrintable(reason)}`, {
      type: "unbound",
      ...change,
      reason,
    });
    return false;
  }
  for (const [index, decision] of decisions.entries()) {
    const isNew = base.tally.add(decision);
    const heading = index === 0 ? `${formatChange(message, line)}\n` : "";

    const input = { ...seen, references, catalog, objects: run.objects };
    const plan = isNew ? await planMatch(decision, input, signal) : undefined;
    const lines = [heading + formatDecision(decision, isNew), ...(plan ? formatPlan(plan) : [])];
    report(lines.join("\n"), {
      type: "decision",
      ...change,
      ...toDecisionRecord(decision),
      ...(plan === undefined ? {} : { plan: toPlanRecord(plan) }),
    });
  }
  return false;
}

/** Reports how two pipelines differ on a change; returns whether they do. */
async function reportDifferences(
  { catalog, base, other, report }: Run,
  read: Message,
): Promise<boolean> {
  if (other === undefined) return false;
  const { line, message } = read;
  const sides = [base, other].map((side) => ({ side, ...toSeen(side, message) }));
  const references = readReferences(sides, message.data.object, catalog);
  const [before, after] = sides.map(({ side, message: seen }) => {
    side.watches.see(message);
    const decisions = decideChange(side.pipeline, seen, references);
    if (decisions === undefined) side.watches.addUnbound(message);
    for (const decision of decisions ?? []) side.tally.add(decision);
    return decisions ?? [];
  });
  const differences = compareDecisions(before ?? [], after ?? []);
  for (const [index, { rule }] of differences.entries()) {
    const [was, is] = [before, after].map((side) => side?.find((one) => one.rule.id === rule));
    const heading = index === 0 ? `${formatChange(message, line)}\n` : "";
    const both = `${formatSide(base.file, was)}\n${formatSide(other.file, is)}`;
    report(`${heading}  ${rule}\n${both}`, {
      type: "difference",
      ...toChangeRecord(message, line),
      rule,
      before: was === undefined ? null : toDecisionRecord(was),
      after: is === undefined ? null : toDecisionRecord(is),
    });
  }
  return differences.length > 0;
}
