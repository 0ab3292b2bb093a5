import { parseFieldPattern } from "../../json/field-pattern.ts";

type Fault = { readonly message: string; readonly hint: string };

const QUOTED = /\["[^"]*"\]|\['[^']*'\]/g;
/** Names of fields; those of JSON Schema in a custom resource's definition may begin with a dollar sign. */
const NAME = /^(?:[A-Za-z_][-\w]*|\$[A-Za-z]+)$/;

/**
 * Why a path is not one of ours but of another dialect (JSONPath, JSON Pointer, jq), although it can be read: it would select nothing,
 * and what was meant to stay would leave the cluster. Undefined if nothing speaks against it.
 */
export function findDialect(text: string): Fault | undefined {
  const what = findForm(text);
  if (what === undefined) return undefined;
  return { message: what, hint: toHint(text) };
}

function findForm(text: string): string | undefined {
  if (text.startsWith("/"))
    return "a JSON Pointer is not a path of fields: it would select nothing";
  if (/^(?:[$@](?:\.|\[|$)|[.{])/.test(text)) {
    return "JSONPath is not a path of fields: it would select nothing";
  }
  if (text.includes("..")) return "a path cannot leave steps out: it would select nothing";
  if (/\[(?!\d+\]|\*\]|["'])/.test(text)) return "a list is selected as a whole, with [*]";
  const plain = text.replace(QUOTED, "").replaceAll(/\[(?:\*|\d+)\]/g, "");
  for (const step of plain.split(".")) {
    if (step === "" || NAME.test(step)) continue;
    if (/^\d+$/.test(step)) return `${step} is not the name of a field, and items have no places`;
    if (step === "*") return "* is not the name of a field";
    return `${JSON.stringify(step)} is not the name of a field`;
  }
  return undefined;
}

const GENERAL =
  'write it like spec.containers[*].env[*].value; a key with other characters as data["tls.key"]';

/** The path that was probably meant. */
function toHint(text: string): string {
  const meant = toMeant(text);
  const isPath = parseFieldPattern(meant).ok && findForm(meant) === undefined;
  return isPath ? `write ${meant}` : GENERAL;
}

function toMeant(text: string): string {
  if (text.startsWith("/")) {
    const steps = text.slice(1).split("/").map(unescapePointer);
    return steps.reduce((path, step) => path + toStep(step, path === ""), "");
  }
  return text
    .replaceAll(/^\{|\}$/g, "")
    .replace(/^[$@]/, "")
    .replace(/^\./, "")
    .replaceAll(/\.(?:\d+|\*)(?=[.[]|$)/g, "[*]")
    .replaceAll(/\[\]|\[[\d:]+\]/g, "[*]")
    .replaceAll(/\.\[/g, "[");
}

function unescapePointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function toStep(step: string, isFirst: boolean): string {
  if (/^\d+$|^[-*]$/.test(step)) return "[*]";
  if (!NAME.test(step)) return `[${JSON.stringify(step)}]`;
  return isFirst ? step : `.${step}`;
}
