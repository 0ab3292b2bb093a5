import type { PipelineIssue } from "../pipeline.ts";
import type { Advice, Situation } from "./advice.ts";
import { adviseAction } from "./advise-action.ts";
import { adviseChoice } from "./advise-choice.ts";
import { adviseExpression } from "./advise-expression.ts";
import { adviseReceivers } from "./advise-receivers.ts";
import { adviseResource } from "./advise-resource.ts";
import { adviseSelection } from "./advise-selection.ts";
import { adviseShape } from "./advise-shape.ts";
import { adviseTarget } from "./advise-target.ts";
import { advisePeriod } from "./advise-period.ts";
import { adviseAt, adviseDuration } from "./advise-time.ts";
import { toMeantIssues } from "./meant-option.ts";
import { readAt } from "./read-at.ts";

const ADVISERS: readonly ((situation: Situation) => Advice)[] = [
  adviseAction,
  adviseShape,
  adviseResource,
  adviseAt,
  adviseDuration,
  advisePeriod,
  adviseSelection,
  adviseTarget,
  adviseChoice,
  adviseExpression,
];

/** The faults of a pipeline file, each with what would be right. What is inside a parameter that is wrong as a whole is left out. */
export function adviseAll(
  issues: readonly PipelineIssue[],
  document: unknown,
): readonly PipelineIssue[] {
  const advised = issues.flatMap((issue) => advise(issue, document));
  const wrong = advised
    .filter(({ at, path }) => at !== "key" && path.length >= PARAMETER)
    .map(({ path }) => path);
  return advised.filter(({ path }) => !wrong.some((outer) => isInside(path, outer)));
}

/** The length of a path to an action, or to a key of `on`. */
const PARAMETER = 4;

function isInside(path: PipelineIssue["path"], outer: PipelineIssue["path"]): boolean {
  return path.length > outer.length && outer.every((step, index) => path[index] === step);
}

/**
 * A fault of a pipeline file with what would be right, as far as what was written shows what was meant. It knows the usual words of
 * kubectl, of manifests and of other tools. Functions do without it: nobody reads their messages while writing a rule.
 */
function advise(issue: PipelineIssue, document: unknown): readonly PipelineIssue[] {
  return toMeantIssues(issue, document).map((meant) => adviseOne(meant, document));
}

function adviseOne(issue: PipelineIssue, document: unknown): PipelineIssue {
  if (issue.path[0] === "receivers") return adviseReceiver(issue, document);
  const key = issue.path.findLast((step) => typeof step === "string") ?? "";
  const value = readAt(document, issue.path);
  for (const adviser of ADVISERS) {
    const advice = adviser({ issue, key, value });
    if (advice !== undefined) {
      return {
        ...issue,
        message: advice.message ?? toPlainWords(issue.message),
        hint: advice.hint,
      };
    }
  }
  return { ...issue, message: toPlainWords(issue.message) };
}

/** Only its own adviser sees what is written below `receivers`: no other one may quote a credential. */
function adviseReceiver(issue: PipelineIssue, document: unknown): PipelineIssue {
  const key = String(issue.path.at(-1));
  return { ...issue, ...adviseReceivers({ issue, key, value: readAt(document, issue.path) }) };
}

const WORDS: Readonly<Record<string, string>> = {
  Array: "a list",
  Object: "fields (key: value)",
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
  string: "text",
};

/** A message of the schema library, for parameters of actions without one of their own, in words. */
function toPlainWords(message: string): string {
  const expected = /^Invalid \w+: Expected (?<expected>.+) but received/.exec(message)?.groups?.[
    "expected"
  ];
  if (expected === undefined) return message;
  const bound = /^(?<sign>>=|<=)(?<value>\S+)$/.exec(expected)?.groups;
  if (bound !== undefined) {
    return `expected ${bound["value"]} or ${bound["sign"] === ">=" ? "more" : "less"}`;
  }
  const choices = expected
    .replace(/^\((.*)\)$/, "$1")
    .split(" | ")
    .map((one) => one.replaceAll('"', ""));
  return `expected ${choices.map((one) => WORDS[one] ?? one).join(" or ")}`;
}
