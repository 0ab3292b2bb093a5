import { compileExpression } from "../../../cel/compile.ts";
import { parse } from "../../../cel/syntax/parse.ts";
import { toChildren, type Expr } from "../../../cel/syntax/tree.ts";
import { checkTypes } from "../../../cel/types/check-types.ts";
import { ANY } from "../../../cel/types/value-type.ts";
import { isObject, readField } from "../../../json/read-json.ts";
import { toConcatenation, toLiteral, toYamlValue } from "../../templates.ts";
import type { RuleAction } from "../../pipeline.ts";
import type { Fault, PlacedFault } from "./fault.ts";

type Place = PlacedFault["at"];

/** Values of an action that read like CEL or a template, and would be written as the text that they are. */
export function findForgottenCel({ action, parameters }: RuleAction): readonly PlacedFault[] {
  return [...find(parameters, []), ...findSelectors(parameters)]
    .map(({ value, at }): PlacedFault | undefined => {
      const fault = findFault(value, at) ?? (isText(action, at) ? findQuotes(value) : undefined);
      return fault === undefined ? undefined : { at, ...fault };
    })
    .filter((fault) => fault !== undefined);
}

/** These are CEL anyway, or names. */
const NO_VALUES = new Set([
  "target",
  "targets",
  "cronJob",
  "summary",
  "title",
  "fields",
  "cel",
  "remove",
]);

/** Of the selection of many targets, what may be an expression. */
const OF_SELECT = ["labelSelector", "fieldSelector", "namespace"];

function findSelectors(
  parameters: unknown,
): readonly { readonly value: string; readonly at: Place }[] {
  return OF_SELECT.flatMap((key) => {
    const at = ["targets", "select", key];
    const value = readField(parameters, ...at);
    return typeof value === "string" ? [{ value, at }] : [];
  });
}

/** All texts that may be values. */
function find(
  value: unknown,
  at: Place,
): readonly { readonly value: string; readonly at: Place }[] {
  if (typeof value === "string") return at.length > 0 ? [{ value, at }] : [];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item, index): readonly [number, unknown] => [index, item])
    : isObject(value)
      ? Object.entries(value).filter(([key]) => !NO_VALUES.has(key))
      : [];
  return entries.flatMap(([key, item]) => find(item, [...at, key]));
}

function findFault(value: string, at: Place): Fault | undefined {
  const isInJob = at[0] === "job";
  const verb = at[0] === "targets" ? "asked for" : "written";
  const what = shorten(value);
  if (PATH.test(value) || isExpression(value)) {
    return {
      message: `the text ${what} itself would be ${verb}, not the value of the field`,
      hint: isInJob ? BESIDE_JOB : `write { cel: ${toYamlValue(value)} }`,
    };
  }
  const isTemplate = OF_OBJECT.test(value) || (!isInJob && value.includes("{{"));
  if (!isTemplate) return undefined;
  if (OF_HELM.test(value)) return OF_A_CHART;
  const right = toConcatenation(value);
  const way = compileExpression(right).ok ? `write { cel: ${toYamlValue(right)} }` : BY_CEL;
  return {
    message: `the template ${what} would be ${verb} as it is, because rules have no templates`,
    hint: isInJob
      ? BESIDE_JOB
      : `${way}; the text itself is { cel: ${toYamlValue(toLiteral(value))} }`,
  };
}

const BESIDE_JOB =
  "there are no expressions inside job: write env, args or labels beside it, such as env: { NAME: { cel: object.metadata.name } }";
const BY_CEL = "a value that comes from the object is { cel: <expression> }";

/** A field of a variable. */
const PATH = /^object\.[A-Za-z_]\S*$|^references\[\S+$/;

const OF_HELM = /\{\{[^}]*\.(?:Values|Release|Chart)\b/;
const OF_A_CHART: Fault = {
  message: "this is a template of Helm, and would be written as it is",
  hint: "render the chart before (helm template), and give Kubemend what it prints",
};

/** A place of a template that names the object, or the values of a Helm chart: a variable of a shell does not. */
const OF_OBJECT =
  /(?:\{\{-?|\$\{)\s*(?:\w+\s+)?\$?\.?(?:object|event|request|resource|Values|Release|Chart|metadata|spec|status)\b/;

/** Whether a text is CEL that reads the trigger. A single word is none. */
function isExpression(text: string): boolean {
  if (!/[.[(+]/.test(text) || !compileExpression(text).ok) return false;
  return readsVariable(parse(text)) && checkTypes(text, ANY).faults.length === 0;
}

function readsVariable(expr: Expr): boolean {
  return expr.type === "variable" || toChildren(expr).some(readsVariable);
}

/** The message of an Event is a text, and not CEL like the summary of an alert. */
function isText(action: string, at: Place): boolean {
  return action === "emitEvent" && at.length === 1 && at[0] === "message";
}

function findQuotes(value: string): Fault | undefined {
  const inner = /^'(?<inner>[^']*)'$|^"(?<other>[^"]*)"$/.exec(value)?.groups;
  const text = inner?.["inner"] ?? inner?.["other"];
  if (text === undefined) return undefined;
  return {
    message: "the quotes would be a part of the message, which is a text and not CEL",
    hint: `write message: ${JSON.stringify(text)}, or message: { cel: <expression> }`,
  };
}

const SHOWN_MAX_LENGTH = 80;

function shorten(value: string): string {
  return JSON.stringify(
    value.length > SHOWN_MAX_LENGTH ? `${value.slice(0, SHOWN_MAX_LENGTH)}…` : value,
  );
}
