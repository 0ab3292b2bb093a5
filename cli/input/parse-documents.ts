import { parseAllDocuments } from "yaml";
import { describeError, KubemendError } from "../../core/errors.ts";
import { isObject, readOwn } from "../../core/json/read-json.ts";

/** The most aliases that are followed in one YAML document: enough for people, too few for a "billion laughs" attack. */
const MAX_ALIASES = 100;

/**
 * The objects in a text: JSON, or YAML with any number of documents. Lists are split, and a watch event or a message of the
 * changes queue stands for its object. Items of a list have no type of their own, so they get the list's.
 * Throws a KubemendError with the line if the text cannot be parsed.
 */
export function parseDocuments(text: string, source: string): readonly unknown[] {
  return parseText(text, source).flatMap(toObjects);
}

function parseText(text: string, source: string): readonly unknown[] {
  try {
    return [JSON.parse(text) as unknown];
  } catch {
    return parseYaml(text, source);
  }
}

function parseYaml(text: string, source: string): readonly unknown[] {
  const documents = parseAllDocuments(text, { logLevel: "silent" });
  const values: unknown[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) throw unreadable(source, error.message);
    try {
      const value = document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
      // Null: `---` at the end, or only comments.
      if (value !== null) values.push(value);
    } catch (error) {
      throw unreadable(source, describeError(error));
    }
  }
  return values;
}

function unreadable(source: string, message: string): KubemendError {
  return new KubemendError("Invalid", `cannot read ${source} as JSON or YAML: ${message}`, {
    retryable: false,
  });
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
