import { KubemendError } from "../../core/errors.ts";
import { isRemediation } from "../../core/actions/registry.ts";
import type { Pipeline, Rule } from "../../core/pipeline/pipeline.ts";
import { suggestName } from "../../core/text/suggest.ts";

/** The rule that is to be run by hand. Throws `InvalidConfiguration` where there is none of that name, or nothing to run. */
export function findRule(id: string, pipeline: Pipeline): Rule {
  const rule = pipeline.rules.find((candidate) => candidate.id === id);
  if (rule === undefined) {
    const ids = pipeline.rules.map((candidate) => candidate.id);
    const near = suggestName(id, ids);
    const hint = near === undefined ? `there are: ${ids.join(", ")}` : `did you mean ${near}?`;
    throw misuse(`the pipeline has no rule ${id}; ${hint}`);
  }
  if (!isRemediation(rule.then)) {
    throw misuse(`rule ${id} only alerts: it makes no record, so there is nothing to run by hand`);
  }
  if (rule.on.changes.every((change) => change === "deleted")) {
    throw misuse(`rule ${id} is about objects that are gone: there is none to run it on`);
  }
  return rule;
}

function misuse(message: string): KubemendError {
  return new KubemendError("InvalidConfiguration", message, { retryable: false });
}
