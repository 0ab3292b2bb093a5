import { readJson, describeNesting } from "../../events/json.ts";
import { readYamlValues } from "../../adapters/yaml-values.ts";
import { KubemendError } from "../../core/errors.ts";
import { isObject, readOwn } from "../../core/json/read-json.ts";

/**
 * The objects in a text: JSON, or YAML with any number of documents. Lists are split, and a watch event or a message of the
 * changes queue stands for its object. Items of a list have no type of their own, so they get the list's. Integers keep their digits.
 * Throws a KubemendError with the line if the text cannot be parsed or is nested too deeply.
 */
export function parseDocuments(text: string, source: string): readonly unknown[] {
  return parseText(text, source).flatMap(toObjects);
}

function parseText(text: string, source: string): readonly unknown[] {
  const json = readJson(text);
  if (json.outcome === "read") {
    if (json.isTooDeep === undefined) return [json.value];
    throw unreadable(source, describeNesting());
  }
  const yaml = readYamlValues(text);
  if (yaml.ok) return yaml.value;
  const message = /\{\{-?\s*[.$\w]/.test(text)
    ? "it is a template of Helm: render the chart before (helm template), and give this command what it prints"
    : yaml.error.message;
  throw unreadable(`${source}, line ${yaml.error.line}, as JSON or YAML`, message);
}

function unreadable(source: string, message: string): KubemendError {
  return new KubemendError("Invalid", `cannot read ${source}: ${message}`, { retryable: false });
}

function toObjects(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return (document as readonly unknown[]).flatMap(toObjects);
  const items = readOwn(document, "items");
  const kind = readOwn(document, "kind");
  if (Array.isArray(items) && typeof kind === "string" && kind.endsWith("List")) {
    return (items as readonly unknown[]).map((item) => toItem(item, kind, document));
  }
  const type = readOwn(document, "type");
  if (typeof type !== "string" || kind !== undefined) return [document];
  const inner = readOwn(readOwn(document, "data"), "object") ?? readOwn(document, "object");
  return isObject(inner) ? [inner] : [document];
}

function toItem(item: unknown, listKind: string, list: unknown): unknown {
  const kind = listKind.slice(0, -"List".length);
  if (!isObject(item) || kind === "" || readOwn(item, "kind") !== undefined) return item;
  return { ...item, apiVersion: readOwn(list, "apiVersion"), kind };
}
