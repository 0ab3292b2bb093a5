import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatFieldPath, parseFieldPath, readFieldPath } from "../../../core/json/field-path.ts";

const object = {
  kind: "IngressRoute",
  spec: {
    routes: [{ services: [{ kind: "Service", name: "s" }] }],
    "a.b": { kind: "Pod" },
  },
};

/** The canonical path and the value at it. */
function read(text: string): readonly [string, unknown] | undefined {
  const path = parseFieldPath(text);
  if (!path.ok) throw new Error(path.error);
  const found = readFieldPath(object, path.value);
  return found && [formatFieldPath(found.path), found.value];
}

describe("a place in an object", () => {
  test.each([
    "spec.routes[0].services[0]",
    "spec.routes.0.services.0",
    'spec["routes"][0]["services"][0]',
  ])("%s is the same place", (text) => {
    expect(read(text)).toEqual(["spec.routes[0].services[0]", { kind: "Service", name: "s" }]);
  });

  test("may have a key that contains a dot", () => {
    expect(read("spec['a.b']")).toEqual(['spec["a.b"]', { kind: "Pod" }]);
    expect(read("spec['a.b'].kind")).toEqual(['spec["a.b"].kind', "Pod"]);
  });

  test.each([
    "spec.routes[1]",
    "spec.nothing",
    "spec.routes.length",
    "spec.__proto__",
    "constructor",
    "kind.length",
    "spec.routes[0].services[0].name.x",
  ])("%s does not exist", (path) => {
    expect(read(path)).toBeUndefined();
  });
});

describe("a path", () => {
  test.each([
    "",
    ".",
    "a..b",
    "a.",
    ".a",
    "a[",
    "a[x]",
    "a]b",
    "a[0]b",
    'a["b]',
    "a b",
    "[-1]",
    "a".repeat(5_000),
  ])("%j is refused with a reason", (text) => {
    expect(parseFieldPath(text)).toMatchObject({
      ok: false,
      error: expect.stringMatching(/path|cannot read/) as string,
    });
  });

  test("is read back as it was written", () => {
    const key = fc
      .string({ minLength: 1 })
      .filter((text) => !(text.includes('"') && text.includes("'")));
    const segment = fc.oneof(key, fc.nat({ max: 999_999_999 }));
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 10 }), (path) => {
        expect(parseFieldPath(formatFieldPath(path))).toEqual({ ok: true, value: path });
      }),
    );
  });
});
