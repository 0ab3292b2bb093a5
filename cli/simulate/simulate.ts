import type { Writable } from "node:stream";
import type { KubernetesObject } from "../../events/change.ts";
import type { Assumed } from "../../core/simulate/guard-run.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { readRecording, type RecordedLine } from "../../adapters/recording/read-recording.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { toJsonLine, toPrintableLines } from "../terminal/printable.ts";
import { createLineWriter, type Report } from "./report/line-writer.ts";
import type { Progress } from "./progress.ts";
import { createReporter } from "./report/reporter.ts";
import type { ObjectsElsewhere } from "./decide/offline-objects.ts";
import { createSide, type NamedPipeline, type Side } from "./decide/side.ts";

export type SimulateDeps = {
  readonly recording: AsyncIterable<Uint8Array>;
  readonly base: NamedPipeline;
  /** If set, only what it would do differently is reported. */
  readonly other: NamedPipeline | undefined;
  readonly catalog: Catalog;
  /** Objects that actions may look at, besides the recorded one. */
  readonly objects: readonly KubernetesObject[];
  /** Objects of other clusters of the pipelines. */
  readonly elsewhere?: ObjectsElsewhere | undefined;
  /** How remediations end. */
  readonly assumed: Assumed;
  readonly json: boolean;
  readonly output: Writable;
  readonly progress: Progress;
};

export type SimulationResult = {
  readonly base: Side;
  readonly other: Side | undefined;
  readonly changes: number;
  readonly refused: number;
  /** Changes on which the other pipeline decides differently. */
  readonly different: number;
  readonly lastLine: number;
  readonly assumed: Assumed;
  /** Stopped before the end of the recording. */
  readonly isStopped: boolean;
};

type Unreadable = Exclude<RecordedLine, { readonly outcome: "read" }>;

/**
 * Decides on every change of a recording as normalize would, offline, and reports each decision. It streams: memory does not
 * grow with the recording. It is deterministic: the same recording and pipelines give the same lines.
 */
export async function simulate(deps: SimulateDeps, signal: AbortSignal): Promise<SimulationResult> {
  const { progress, json } = deps;
  const writer = createLineWriter(deps.output);
  const base = createSide(deps.base, deps.assumed);
  const other = deps.other === undefined ? undefined : createSide(deps.other, deps.assumed);
  const counts = { changes: 0, refused: 0, different: 0, lastLine: 0 };
  const report: Report = (line, record) =>
    writer.write(json ? toJsonLine(record) : toPrintableLines(line));
  const flush = async (): Promise<void> => {
    progress.clear();
    await writer.flush();
  };
  const reporter = createReporter({ ...deps, base, other, report, signal });
  for await (const { lines, bytes } of readRecording(deps.recording)) {
    for (const read of lines) {
      counts.lastLine = read.line;
      if (read.outcome === "refused") {
        counts.refused += 1;
        reportUnreadable(read, report);
      } else {
        counts.changes += 1;
        if (await reporter.change(read)) counts.different += 1;
      }
      if (writer.isFull()) await flush();
    }
    progress.update({ bytes, lines: counts.lastLine });
    if (signal.aborted) break;
  }
  if (!signal.aborted) reporter.end();
  await flush();
  return { base, other, ...counts, assumed: deps.assumed, isStopped: signal.aborted };
}

function reportUnreadable({ line, code, reason }: Unreadable, report: Report): void {
  const text = `line ${line} cannot be read: ${toPrintable(reason)}`;
  report(text, { type: "unreadable", line, code, reason });
}
