import { isObject } from "../../json/read-json.ts";
import type { PipelineIssue } from "../pipeline.ts";
import type { Advice, Situation } from "./advice.ts";
import { adviseChoice } from "./advise-choice.ts";
import { adviseExpression } from "./advise-expression.ts";
import { adviseReceivers } from "./advise-receivers.ts";
import { adviseResource } from "./advise-resource.ts";
import { adviseSelection } from "./advise-selection.ts";
import { adviseShape } from "./advise-shape.ts";
import { adviseAt, adviseDuration } from "./advise-time.ts";

const ADVISERS: readonly ((situation: Situation) => Advice)[] = [
  adviseShape,
  adviseResource,
  adviseAt,
  adviseDuration,
  adviseSelection,
  adviseChoice,
  adviseExpression,
];

/**
 * A fault of a pipeline file with what would be right, as far as what was written shows what was meant. It knows the usual words of
 * kubectl, of manifests and of other tools. Functions do without it: nobody reads their messages while writing a rule.
 */
export function advise(issue: PipelineIssue, document: unknown): PipelineIssue {
  if (issue.path[0] === "receivers") return adviseReceiver(issue, document);
  const key = issue.path.findLast((step) => typeof step === "string") ?? "";
  const value = readAt(document, issue.path);
  for (const adviser of ADVISERS) {
    const advice = adviser({ issue, key, value });
    if (advice !== undefined) {
      return {
        ...issue,
        message: advice.message ?? issue.message,
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

/** A message of the schema library, for parameters of actions without one of their own, in words. */
function toPlainWords(message: string): string {
  const expected = /^Invalid \w+: Expected (?<expected>.+) but received/.exec(message)?.groups?.[
    "expected"
  ];
  if (expected === undefined) return message;
  const words: Readonly<Record<string, string>> = { string: "text", integer: "a whole number" };
  const choices = expected
    .replace(/^\((.*)\)$/, "$1")
    .split(" | ")
    .map((one) => one.replaceAll('"', ""));
  return `expected ${choices.map((one) => words[one] ?? one).join(" or ")}`;
}

function readAt(document: unknown, path: PipelineIssue["path"]): unknown {
  let value = document;
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)] as unknown;
    else if (isObject(value) && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}
