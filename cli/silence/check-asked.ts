import { BUILT_IN_LABELS } from "../../core/alerts/groups/silences.ts";
import { isObject } from "../../core/json/read-json.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { suggestName } from "../../core/text/suggest.ts";
import { misuse } from "../terminal/misuse.ts";
import type { Asked } from "./parse-asked.ts";

/** Throws a misuse if a silence names a rule that the pipeline does not have, or a label that no alert of it has. */
export function checkAsked(asked: Asked, pipeline: Pipeline): void {
  if (asked.what !== "silence") return;
  const { rule, labels = {} } = asked;
  const rules = pipeline.rules.map(({ id }) => id);
  if (rule !== undefined) checkName(rule, rules, "rule");
  const known = [...BUILT_IN_LABELS, ...pipeline.rules.flatMap(toLabelNames)];
  for (const name of Object.keys(labels)) checkName(name, known, "label of an alert");
  const receivers = pipeline.receivers?.map(({ name }) => name);
  if (labels["receiver"] !== undefined && receivers !== undefined) {
    checkName(labels["receiver"], receivers, "receiver");
  }
}

function toLabelNames({ then, onFailure = [] }: Pipeline["rules"][number]): readonly string[] {
  return [...then, ...onFailure].flatMap(({ action, parameters }) => {
    const labels = action === "alert" ? parameters["labels"] : undefined;
    return isObject(labels) ? Object.keys(labels) : [];
  });
}

function checkName(name: string, known: readonly string[], what: string): void {
  if (known.includes(name)) return;
  const near = suggestName(name, known);
  const all = known.length === 0 ? "it has none" : `it has: ${[...new Set(known)].join(", ")}`;
  throw misuse(
    `the pipeline has no ${what} ${name}; ${near === undefined ? all : `did you mean ${near}?`}`,
  );
}
