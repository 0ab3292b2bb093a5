import fc from "fast-check";
import { expect, it } from "vitest";
import { toFieldTerm } from "../../../../adapters/kubernetes/api/field-selector.ts";
import { findSelectionFault } from "../../../../core/decide/selection.ts";

it.each([
  ["backup-1", "metadata.name=backup-1"],
  ["a,b", String.raw`metadata.name=a\,b`],
  ["a=b", String.raw`metadata.name=a\=b`],
  [String.raw`a\,b`, String.raw`metadata.name=a\\\,b`],
  ["system:a b", "metadata.name=system:a b"],
  ["$&", "metadata.name=$&"],
])("selects the object named %j and no other", (name, expected) => {
  expect(toFieldTerm("metadata.name", name)).toBe(expected);
});

it("keeps any name in one term, beside any other", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", ",", "=", "\\", "!"), minLength: 1 });
  fc.assert(
    fc.property(word, word, (name, other) => {
      const fieldSelector = [name, name].map((one) => toFieldTerm("metadata.name", one)).join(",");
      const isSelected = (of: string): boolean => {
        const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: of } };
        return (
          findSelectionFault({ resource: "configmaps", fieldSelector }, object as never) ===
          undefined
        );
      };
      expect(isSelected(name)).toBe(true);
      expect(isSelected(other)).toBe(other === name);
    }),
  );
});
