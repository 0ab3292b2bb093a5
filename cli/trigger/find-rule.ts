import { findMirror } from "../../core/pipeline/mirror-rule.ts";
import type { Pipeline, Rule } from "../../core/pipeline/pipeline.ts";
import { suggestName } from "../../core/text/suggest.ts";
import { misuse } from "../terminal/misuse.ts";

/** The rule to run manually. Throws `InvalidConfiguration` if there is no such rule, or it is only about deletions. */
export function findRule(id: string, pipeline: Pipeline): Rule {
  const rule = pipeline.rules.find((candidate) => candidate.id === id);
  if (rule === undefined) {
    const ids = pipeline.rules.map((candidate) => candidate.id);
    const near = suggestName(id, ids);
    const hint = near === undefined ? `it has: ${ids.join(", ")}` : `did you mean ${near}?`;
    throw misuse(`the pipeline has no rule ${id}; ${hint}`);
  }
  if (findMirror(rule) !== undefined) {
    throw misuse(
      `rule ${id} mirrors, and a mirror has no single runs: its copies follow their sources by themselves`,
    );
  }
  if (rule.on.changes.every((change) => change === "deleted")) {
    throw misuse(`rule ${id} is about deleted objects: there is nothing to run it on`);
  }
  return rule;
}
