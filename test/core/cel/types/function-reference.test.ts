import { expect, test } from "vitest";
import { compileExpression } from "../../../../core/cel/compile.ts";
import { listFunctions } from "../../../../core/cel/registry/registry.ts";
import { MACROS } from "../../../../core/cel/syntax/tree.ts";
import { checkTypes } from "../../../../core/cel/types/check-types.ts";
import { FUNCTION_GROUPS } from "../../../../core/cel/types/function-reference.ts";
import { MACRO_REFERENCE } from "../../../../core/cel/types/macro-reference.ts";
import { parseSignature } from "../../../../core/cel/types/signature.ts";
import { ANY } from "../../../../core/cel/types/value-type.ts";

const FUNCTIONS = FUNCTION_GROUPS.flatMap(({ functions }) => functions);

test("every function is documented, as a method, a function or both, and nothing else is", () => {
  const documented = FUNCTIONS.flatMap(({ name, signatures }) =>
    signatures.map((text) => (parseSignature(text, name).isMethod ? `.${name}` : name)),
  );
  expect([...new Set(documented)].toSorted()).toEqual([...listFunctions()].toSorted());
});

test("every macro is documented", () => {
  const documented = MACRO_REFERENCE.map(({ name }) => name).filter((name) => name !== "has");
  expect(documented.toSorted()).toEqual(Object.keys(MACROS).toSorted());
});

test.each([...FUNCTIONS, ...MACRO_REFERENCE])(
  "the example of $name is true",
  ({ example, name }) => {
    expect(example).toContain(name.split(".").at(-1));
    expect(checkTypes(example, ANY).faults).toEqual([]);
    const compiled = compileExpression(example);
    if (!compiled.ok) throw new Error(compiled.error.message);
    const cluster = { name: "c", uid: "u" };
    const now = "2026-01-01T00:00:00.000Z";
    expect(compiled.value.evaluate({ object: {}, cluster, now })).toEqual({
      outcome: "value",
      value: true,
    });
  },
);
