import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatFieldPath, parseFieldPath } from "../../../core/json/field-path.ts";
import { resolveField } from "../../../core/references/resolve-field.ts";
import { toCatalog } from "./served.ts";

const object = {
  apiVersion: "traefik.io/v1alpha1",
  kind: "IngressRoute",
  metadata: {
    namespace: "team",
    ownerReferences: [{ kind: "Deployment", name: "d", controller: true }],
  },
  spec: {
    routes: [{ services: [{ kind: "Service", name: "s" }] }],
    "a.b": { kind: "Pod", name: "p" },
    parentRefs: [{ kind: "Service", name: "s" }],
  },
};

function resolve(text: string): unknown {
  const path = parseFieldPath(text);
  if (!path.ok) return path.error;
  const found = resolveField(object, path.value, toCatalog("builtin-1.36"));
  if (found === undefined) return undefined;
  const { field, relation, result } = found;
  return `${field} ${relation} ${result.outcome === "resolved" ? result.kind : result.reason}`;
}

describe("a place in an object", () => {
  test("is resolved where no reference is known", () => {
    expect(resolve("spec.routes[0].services[0]")).toBe("spec.routes[0].services[0] path Service");
  });

  test("is one place however it is written", () => {
    expect(resolve("spec.routes.0.services.0")).toBe("spec.routes[0].services[0] path Service");
    expect(resolve('spec["routes"][0]["services"][0]')).toBe(
      "spec.routes[0].services[0] path Service",
    );
    expect(resolve("spec['a.b']")).toBe('spec["a.b"] path Pod');
  });

  test("keeps its relation where it is a known reference", () => {
    expect(resolve("metadata.ownerReferences[0]")).toBe(
      "metadata.ownerReferences[0] controller Deployment",
    );
    expect(resolve("spec.parentRefs[0]")).toBe("spec.parentRefs[0] parent Service");
  });

  test.each([
    "spec.routes[1]",
    "spec.nothing",
    "spec.routes.length",
    "spec.__proto__",
    "constructor",
    "kind.length",
    "spec.routes[0].services[0].name.x",
  ])("%s leads nowhere", (path) => {
    expect(resolve(path)).toBeUndefined();
  });

  test("that holds no reference is malformed", () => {
    expect(resolve("spec.routes")).toBe("spec.routes path malformed");
    expect(resolve("kind")).toBe("kind path malformed");
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
