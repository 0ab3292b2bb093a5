import { toExampleValue } from "./example-file.ts";
import type { KeyDoc } from "./key-doc.ts";

type Schema = Readonly<Record<string, unknown>>;

/**
 * Adds description, default and example to every key that is documented. `path` leads to the schema's place: `rules[].on`. Returns the
 * schema as it is where no key is documented.
 */
export function annotate(schema: unknown, docs: ReadonlyMap<string, KeyDoc>, path = ""): unknown {
  if (Array.isArray(schema)) return schema.map((one) => annotate(one, docs, path));
  if (typeof schema !== "object" || schema === null) return schema;
  const fields = Object.entries(schema).map(([key, value]): [string, unknown] => {
    if (key === "properties") return [key, annotateKeys(value as Schema, docs, path)];
    if (key === "items") return [key, annotate(value, docs, `${path}[]`)];
    if (key === "additionalProperties") return [key, annotate(value, docs, `${path}.<name>`)];
    return key === "anyOf" || key === "allOf" ? [key, annotate(value, docs, path)] : [key, value];
  });
  return Object.fromEntries(fields);
}

function annotateKeys(properties: Schema, docs: ReadonlyMap<string, KeyDoc>, path: string): Schema {
  const entries = Object.entries(properties).map(([key, value]): [string, unknown] => {
    const place = path === "" ? key : `${path}.${key}`;
    const inner = annotate(value, docs, place) as Schema;
    const doc = docs.get(place);
    return [key, doc === undefined ? inner : { ...inner, ...toNotes(doc, inner) }];
  });
  return Object.fromEntries(entries);
}

function toNotes(doc: KeyDoc, { description, default: fallback }: Schema): Schema {
  const more = typeof description === "string" ? ` ${description}` : "";
  const otherwise = doc.default === undefined ? "" : ` Default: ${doc.default}.`;
  const value = fallback ?? toDefaultValue(doc.default);
  return {
    description: `${doc.description}${otherwise}${more}`,
    ...(value === undefined ? {} : { default: value }),
    examples: [toExampleValue(doc)],
  };
}

/** A default that is a value, and not a sentence. */
function toDefaultValue(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (/^[a-zA-Z0-9]+$/.test(text) && text !== "none") return text;
  const list = /^\[([\w, ]+)\]$/.exec(text)?.[1];
  return list === undefined ? undefined : list.split(", ");
}
