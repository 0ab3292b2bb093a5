import { isLabelValue, isQualifiedName } from "../../../cel/library/formats.ts";
import { parse } from "../../../cel/syntax/parse.ts";
import { toArguments, toConstantText, type Expr } from "../../../cel/syntax/tree.ts";
import { isObject, readField, readOwn } from "../../../json/read-json.ts";
import { parseLabelSelector } from "../../label-selector.ts";
import { evaluateConstant } from "../../parse/parse-at.ts";
import type { RuleAction } from "../../pipeline.ts";
import { findFieldSelectorFault, supportedFieldsOf } from "./field-selectors.ts";
import type { Fault, PlacedFault } from "./fault.ts";

/** Selectors in the parameters of an action that every API server would refuse: those of its targets, and of the Pods of a drain. */
export function findSelectorFaults({ action, parameters }: RuleAction): readonly PlacedFault[] {
  const select = readField(parameters, "targets", "select");
  const resource = readOwn(select, "resource");
  const at = ["targets", "select"];
  const ofPods = action === "drain" ? parameters["podSelector"] : undefined;
  return [
    ...place(toLabelFault(ofPods), ["podSelector"]),
    ...place(toLabelFault(readOwn(select, "labelSelector")), [...at, "labelSelector"]),
    ...place(toFieldFault(readOwn(select, "fieldSelector"), resource), [...at, "fieldSelector"]),
  ];
}

function place(fault: Fault | undefined, at: PlacedFault["at"]): readonly PlacedFault[] {
  return fault === undefined ? [] : [{ at, ...fault }];
}

/** Why an API server would refuse a label selector, for ever: its form, or a key or a value that no label can have. */
export function findLabelSelectorFault(written: string): Fault | undefined {
  const selector = parseLabelSelector(written.trim());
  if (!selector.ok) return { message: selector.error, hint: FORM };
  for (const { key, values } of selector.value) {
    const wrong = isQualifiedName(key) ? values.find((value) => !isLabelValue(value)) : key;
    if (wrong === undefined) continue;
    const what = wrong === key ? "key" : "value";
    return {
      message: `no label can have the ${what} ${JSON.stringify(wrong)}, so nothing would be selected`,
      hint:
        what === "key"
          ? "a key is a name such as team, or a domain and a name such as example.com/team"
          : 'a value has at most 63 letters, digits, "-", "_" and ".", and a letter or digit at both ends',
    };
  }
  return undefined;
}

const FORM = 'write it as kubectl does: "app=x,tier in (a, b)"';

/** Of an expression only what is the same for every object is known. */
function toLabelFault(written: unknown): Fault | undefined {
  const text = typeof written === "string" ? written : toConstant(written);
  return text === undefined ? undefined : findLabelSelectorFault(text);
}

function toFieldFault(written: unknown, resource: unknown): Fault | undefined {
  if (typeof resource !== "string") return undefined;
  const fieldSelector =
    typeof written === "string" ? written : (toConstant(written) ?? toBeginning(written));
  return findFieldSelectorFault({ resource, fieldSelector }, supportedFieldsOf(resource));
}

function toConstant(written: unknown): string | undefined {
  const cel = readOwn(written, "cel");
  const answer = typeof cel === "string" ? evaluateConstant(cel) : undefined;
  return answer?.outcome === "value" && typeof answer.value === "string" ? answer.value : undefined;
}

/** The selector that `'spec.nodeName=' + ...` begins, with some value. */
function toBeginning(written: unknown): string | undefined {
  const cel = isObject(written) ? written["cel"] : undefined;
  if (typeof cel !== "string") return undefined;
  let first: Expr | undefined = tryParse(cel);
  while (toArguments(first, "+").length > 0) [first] = toArguments(first, "+");
  const text = toConstantText(first);
  return text?.endsWith("=") === true ? `${text}x` : undefined;
}

/** Undefined for a faulty expression, which is reported elsewhere. */
function tryParse(source: string): Expr | undefined {
  try {
    return parse(source);
  } catch {
    return undefined;
  }
}
