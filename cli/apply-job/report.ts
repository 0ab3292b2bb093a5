import pc from "picocolors";
import { describeAddress, describeValue } from "../../core/operations/describe-operation.ts";
import { formatChangePath } from "../../core/operations/change-path.ts";
import type { ObjectAddress } from "../../core/operations/operation.ts";
import { toPrintable } from "../../core/text/printable.ts";
import type { Applied } from "./apply-job.ts";
import type { JobEnd } from "./await-end.ts";

/** The result for one Job of a file. */
export type Outcome = {
  readonly file: string;
  readonly target: ObjectAddress;
  readonly dryRun: boolean;
  /** Whether values are printed: what a Job has in env may be a password, and deploy pipelines keep their output. */
  readonly showValues: boolean;
  /** Absent: the API server refused. */
  readonly applied: Applied | undefined;
  /** Absent: it was not waited for, and nothing failed. */
  readonly end: JobEnd | undefined;
};

const WORDS: Readonly<Record<Applied["outcome"], readonly [done: string, tried: string]>> = {
  created: ["created", "would be created"],
  recreated: ["recreated", "would be deleted and created again"],
  changed: ["changed in place", "would be changed in place"],
  unchanged: ["unchanged", "unchanged"],
  left: ["exists and was left as it is", "exists and would be left as it is"],
  refused: ["refused", "would be refused"],
};
const LINES_MAX = 20;

/** `Job data/migrate: recreated, complete`, with a line for each difference. */
export function formatApplied({ target, dryRun, showValues, applied, end }: Outcome): string {
  const name = pc.bold(toPrintable(describeAddress(target)));
  const done = applied === undefined ? [] : [WORDS[applied.outcome][dryRun ? 1 : 0]];
  const ended = end === undefined ? [] : [end.outcome];
  const message = applied?.outcome === "refused" ? applied.message : toMessage(end);
  const head = `${name}: ${[...done, ...ended].join(", ")}${message === undefined ? "" : `: ${toPrintable(message)}`}`;
  const lines = toDifferences(applied, showValues);
  const more = lines.length - LINES_MAX;
  return [
    head,
    ...lines.slice(0, LINES_MAX).map((line) => `  ${toPrintable(line)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join("\n");
}

function toMessage(end: JobEnd | undefined): string | undefined {
  return end === undefined || end.outcome === "complete" ? undefined : end.message;
}

function toDifferences(applied: Applied | undefined, showValues: boolean): readonly string[] {
  const { differences = [], changes = [] } = applied ?? {};
  const describe = (path: string, from: unknown, to: unknown): string =>
    showValues ? `${path}: ${describeValue(from)} -> ${describeValue(to)}` : path;
  return [
    ...differences.map(({ path, live, wanted }) => describe(path, live, wanted)),
    ...changes.map(({ path, from, to }) => describe(formatChangePath(path), from, to)),
  ];
}

/** The same for scripts. */
export function toLine({
  file,
  target,
  dryRun,
  showValues,
  applied,
  end,
}: Outcome): Readonly<Record<string, unknown>> {
  const { namespace, name } = target;
  const { outcome = "failed", uid, code, message, differences = [], changes = [] } = applied ?? {};
  return {
    file,
    job: { namespace, name, uid },
    dryRun,
    outcome,
    code,
    message,
    differences: differences.map(({ path, live, wanted }) => ({
      path,
      ...(showValues ? { live, wanted } : {}),
    })),
    changes: changes.map(({ path, from, to }) => ({
      path: formatChangePath(path),
      ...(showValues ? { from, to } : {}),
    })),
    end,
  };
}
