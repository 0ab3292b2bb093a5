import { expect, it } from "vitest";
import { readsVariable } from "../../../core/cel/reads-variable.ts";

const reads = (source: string): boolean => readsVariable(source, "change", new Set(["id", "time"]));

it.each([
  'change.kind == "added"',
  'change["kind"] == "added"',
  'change.?kind.orValue("") == "added"',
  "has(change.gap)",
  'dyn(change).kind == "added"',
  '[change].all(c, c.kind == "added")',
  '{"a": change}.a.kind == "added"',
  '"kind" in change',
  'change.exists(change, change == "kind")',
  'change[true ? "kind" : "id"] == "added"',
  "change.id.change == change",
  "change.kind ==",
])("%s reads the change", (source) => {
  expect(reads(source)).toBe(true);
});

it.each([
  'object.metadata.annotations["change"] == "x"',
  'object.spec.change.kind == "added"',
  '"change.kind" == object.kind',
  'change.id != "" && change.time < now',
  'change["id"] != "" && has(change.time)',
  'object.spec.items.exists(change, change.kind == "added")',
  "true // change.kind",
])("%s does not", (source) => {
  expect(reads(source)).toBe(false);
});
