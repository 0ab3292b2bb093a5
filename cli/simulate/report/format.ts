import pc from "picocolors";
import type { ChangeMessage } from "../../../events/change.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";
import { toPrintable } from "../../../core/text/printable.ts";
import type { ExplainedDecision } from "../decide/decide-change.ts";

/** The line of a change: what happened to which object, and its place in the recording if it is from one. */
export function formatChange(message: ChangeMessage, line?: number): string {
  const { resource, object, change, gap, truncated } = message.data;
  const { namespace, name } = object.metadata;
  const place = namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
  const notes = [
    ...(gap === true ? ["found by comparing"] : []),
    ...(truncated === true ? ["only its metadata was recorded"] : []),
  ].map((note) => `, ${note}`);
  const what = pc.bold(toPrintable(`${toResourceName(resource)} ${place} ${change}`));
  const inFile = line === undefined ? "" : `, line ${line}`;
  return `${what} ${pc.dim(`${toPrintable(message.time)}${inFile}${notes.join("")}`)}`;
}

const COLOURS: Readonly<Record<ExplainedDecision["outcome"], (text: string) => string>> = {
  matched: pc.green,
  notMatched: pc.dim,
  unknown: pc.yellow,
  error: pc.red,
};

const WORDS: Readonly<Record<ExplainedDecision["outcome"], string>> = {
  matched: "matched",
  notMatched: "not matched",
  unknown: "unknown",
  error: "error",
};

/** The line of a decision; a match also shows what would be done, and the name of the record. */
export function formatDecision(decision: ExplainedDecision, isNew: boolean): string {
  const { rule, outcome, explanation } = decision;
  const what = `${COLOURS[outcome](WORDS[outcome])}: ${toPrintable(explanation)}`;
  return `  ${rule.id} ${what}${formatEpisode(decision, isNew)}`;
}

function formatEpisode({ rule, recordName, onceKey }: ExplainedDecision, isNew: boolean): string {
  if (recordName === undefined) return "";
  const again = isNew ? "" : ", an episode that an earlier change started: nothing is done again";
  const actions = rule.then.map(({ action }) => action).join(", ");
  const mode = rule.mode === "enforce" ? "" : ` (${rule.mode})`;
  return `\n    ${actions}${mode} as ${recordName}, once ${toPrintable(onceKey ?? "")}${again}`;
}

/** One side of a difference between two pipelines, in one line. */
export function formatSide(
  label: string,
  decision: ExplainedDecision | undefined,
  isNew = true,
): string {
  if (decision === undefined) return `    ${toPrintable(label)}: no such rule on this watch`;
  const [outcome, ...episode] = formatDecision(decision, isNew).trim().split("\n    ");
  return [
    `    ${toPrintable(label)}: ${outcome?.slice(decision.rule.id.length + 1)}`,
    ...episode,
  ].join("; ");
}

/** A decision in the JSON output. */
export function toDecisionRecord(decision: ExplainedDecision): Readonly<Record<string, unknown>> {
  const { rule, outcome, explanation, recordName, onceKey } = decision;
  return {
    rule: rule.id,
    outcome,
    reason: explanation,
    ...(recordName === undefined
      ? {}
      : {
          onceKey,
          record: recordName,
          mode: rule.mode,
          actions: rule.then.map(({ action }) => action),
        }),
  };
}

/** A change in the JSON output. */
export function toChangeRecord(
  message: ChangeMessage,
  line?: number,
): Readonly<Record<string, unknown>> {
  const { id, subject, time, data } = message;
  const inFile = line === undefined ? {} : { line };
  return { ...inFile, change: id, subject, time, kind: data.change, watch: data.watch };
}
