import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { readField, readList, readOwn } from "../../core/json/read-json.ts";

const DEFINITION: unknown = parse(readFileSync("infra/crds/moves.yaml", "utf8"));
/** They have rules of their own: one can be set, and the other can be added to. */
const CHANGEABLE = new Set(["abort", "removeFinalizers"]);

/** The schema of the spec, and the rule that holds its fields against those before the change. */
function readSpec() {
  const [version] = readList(readField(DEFINITION, "spec", "versions"));
  const spec = readField(version, "schema", "openAPIV3Schema", "properties", "spec");
  const [rule] = readList(readOwn(spec, "x-kubernetes-validations"));
  const required = readList(readOwn(spec, "required")).map(String);
  return { properties: readOwn(spec, "properties"), required, rule: String(readOwn(rule, "rule")) };
}

const { properties, required, rule } = readSpec();
const kept = Object.keys(Object(properties)).filter((name) => !CHANGEABLE.has(name));

it.each(kept)("the API server refuses another spec.%s of a Move", (name) => {
  const terms = rule.replaceAll(/\s+/g, " ").split(" && ");
  const isSame = `self.${name} == oldSelf.${name}`;
  const expected = required.includes(name)
    ? [isSame]
    : [`has(self.${name}) == has(oldSelf.${name})`, `(!has(self.${name}) || ${isSame})`];
  expect(terms).toEqual(expect.arrayContaining(expected));
});
