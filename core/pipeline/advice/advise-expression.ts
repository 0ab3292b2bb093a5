import { compileExpression } from "../../cel/compile.ts";
import { hasTemplate, toConcatenation, toFields, toLiteral, toYamlValue } from "../templates.ts";
import type { Advice, Situation } from "./advice.ts";

/** Keys whose CEL gives text. */
const TEXT_KEYS: ReadonlySet<string> = new Set(["summary", "title", "key"]);

/** CEL that is no CEL: a template, plain text, or a field or a variable that is named as in other tools. */
export function adviseExpression(situation: Situation): Advice {
  const { issue, key, value } = situation;
  if (typeof value !== "string" || !issue.message.startsWith("CEL: ")) return undefined;
  return (
    adviseTemplate(key, value) ??
    adviseText(key, value) ??
    adviseHas(value) ??
    adviseLabel(value) ??
    adviseVariable(issue, value)
  );
}

function adviseTemplate(key: string, value: string): Advice {
  if (!hasTemplate(value)) return undefined;
  const message = "CEL: this is a template, and rules are written in CEL, which has none";
  const isText = TEXT_KEYS.has(key);
  const right = isText ? toConcatenation(value) : toFields(value);
  const way = isText
    ? "text is put together with +, and text itself is in quotes"
    : "a field is named directly";
  return {
    message,
    hint: compileExpression(right).ok ? `${way}: ${toYamlValue(right)}` : `${way}: ${EXAMPLE}`,
  };
}

const EXAMPLE = `"'Job ' + object.metadata.name + ' failed'"`;

/** Words without any sign of CEL. */
const WORDS = /^[\p{L}\p{N}%#][^"'`+=<>&|{}[\]$\\]*$/u;
const VARIABLE = /\b(?:object|change|references|cluster)\s*[.[]|\bnow\b\s*[-+.<>]/;

function adviseText(key: string, value: string): Advice {
  if (!TEXT_KEYS.has(key) || VARIABLE.test(value)) return undefined;
  if (!WORDS.test(value.replaceAll("'", "").trim())) return undefined;
  const what = `a ${key}`;
  const hint = `text needs quotes of its own, inside those of YAML: ${key}: ${toYamlValue(toLiteral(value.trim()))}`;
  return { message: `CEL: this is plain text, and ${what} is a CEL expression`, hint };
}

const HAS_INDEX = /\bhas\(\s*(?<holder>[\w.]+)\[\s*(?<key>"[^"]*"|'[^']*')\s*\]\s*\)/;

function adviseHas(value: string): Advice {
  const found = HAS_INDEX.exec(value)?.groups;
  if (found === undefined) return undefined;
  const { holder = "", key = "" } = found;
  const message = "CEL: has() takes a field, as in has(object.metadata.labels), not an index";
  return { message, hint: `write ${key} in ${holder}` };
}

const LABEL = /(?<holder>[\w.]*\b(?:labels|annotations))\.(?<key>[\w.]*[-/][\w./-]*\w)/;

/** A label whose key has a slash or a dash, which would be a division or a subtraction. */
function adviseLabel(value: string): Advice {
  const { holder = "", key = "" } = LABEL.exec(value)?.groups ?? {};
  if (holder === "") return undefined;
  const message = `CEL: the key ${JSON.stringify(key)} is no name of a field`;
  return { message, hint: `write ${holder}[${JSON.stringify(key)}]` };
}

/** Names of the object elsewhere: in admission policies, in the rules of custom resources, in Kyverno, Argo and templates. */
const OTHER_NAMES: ReadonlySet<string> = new Set(
  "self oldSelf oldObject request resource event obj this body params variables trigger item it".split(
    " ",
  ),
);

function adviseVariable({ message, path }: Situation["issue"], value: string): Advice {
  const unknown = /unknown variable (?<name>\w+)/.exec(message)?.groups?.["name"];
  if (unknown === undefined) {
    const isPath = /^\s*!?\s*\$?\.[a-z]/.test(value) || value.trim().startsWith("$");
    return isPath ? { hint: "a path begins with object: object.status.phase" } : undefined;
  }
  if (unknown === "oldObject" || unknown === "oldSelf") {
    return { hint: "a change carries the object as it is now, and not as it was before" };
  }
  if (path.includes("targets")) {
    const hint =
      "object is each object that may be a target; of the trigger only labelSelector, fieldSelector and namespace know something, by { cel: ... }";
    return { hint };
  }
  if (OTHER_NAMES.has(unknown)) return { hint: "the object that has changed is called object" };
  if (/^(?:true|false|null)$/i.test(unknown)) return { hint: `write ${unknown.toLowerCase()}` };
  const isField = new RegExp(String.raw`(?<![\w.])\.?${unknown}\b(?=[.[\s]|$)`).test(value);
  return isField
    ? {
        hint: `is it a field of the object? write object.${unknown}; text is in quotes: '${unknown}'`,
      }
    : undefined;
}
