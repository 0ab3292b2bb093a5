import { asText, toConditionLocal, translate, type Cfn, type Scope } from "./expressions.ts";
import { Raw, renderValue, type Value } from "./hcl.ts";

/** A policy or another document, which AWS takes as JSON. A choice between two documents stays one. */
export function toJsonDocument(document: Cfn, scope: Scope, indent = "  "): Value {
  const choice = readChoice(document);
  if (choice !== undefined) {
    const [condition, yes, no] = choice;
    const parts = [yes, no].map((part) => renderValue(toJsonDocument(part, scope, "    "), ""));
    const test = toConditionLocal(condition);
    return new Raw(`(\n    ${test}\n    ? ${parts[0] ?? ""}\n    : ${parts[1] ?? ""}\n  )`);
  }
  return new Raw(`jsonencode(${renderValue(translate(readText(document), scope), indent)})`);
}

function readChoice(document: Cfn): readonly [string, Cfn, Cfn] | undefined {
  if (typeof document !== "object" || document === null || Array.isArray(document))
    return undefined;
  const choice = (document as Readonly<Record<string, Cfn>>)["Fn::If"];
  if (!Array.isArray(choice)) return undefined;
  const [condition, yes = null, no = null] = choice as readonly Cfn[];
  return [asText(condition), yes, no];
}

/** A document that is written as text with references: each of its texts may have some. */
function readText(document: Cfn): Cfn {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return document;
  const text = (document as Readonly<Record<string, Cfn>>)["Fn::Sub"];
  return typeof text === "string" ? toSubstitutions(JSON.parse(text) as Cfn) : document;
}

function toSubstitutions(value: Cfn): Cfn {
  if (typeof value === "string") return value.includes("${") ? { "Fn::Sub": value } : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Cfn[]).map(toSubstitutions);
  const entries = Object.entries(value as Readonly<Record<string, Cfn>>);
  return Object.fromEntries(entries.map(([key, item]) => [key, toSubstitutions(item)]));
}
