import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { isObject, readField } from "../../core/json/read-json.ts";

/** Fields that the definition in a file has, and the one of a cluster does not: what is written into them there is dropped. */
export function findMissingFields(file: string, installed: unknown): readonly string[] {
  const ours = listFields(toSchema(parse(readFileSync(file, "utf8")) as unknown));
  const theirs = new Set(listFields(toSchema(installed)));
  return ours.filter((field) => !theirs.has(field));
}

function toSchema(definition: unknown): unknown {
  const versions = readField(definition, "spec", "versions");
  const found = Array.isArray(versions)
    ? (versions as readonly unknown[]).find((one) => readField(one, "name") === "v1alpha1")
    : undefined;
  return readField(found, "schema", "openAPIV3Schema");
}

/** The paths of all fields of a schema: `spec.rule.id`; the items of a list have the path of the list. */
function listFields(schema: unknown, path = ""): readonly string[] {
  if (!isObject(schema)) return [];
  const properties = readField(schema, "properties");
  const below = ["items", "additionalProperties"].flatMap((key) =>
    listFields(readField(schema, key), path),
  );
  if (!isObject(properties)) return below;
  const own = Object.entries(properties).flatMap(([name, value]) => {
    const field = path === "" ? name : `${path}.${name}`;
    return [field, ...listFields(value, field)];
  });
  return [...own, ...below];
}
