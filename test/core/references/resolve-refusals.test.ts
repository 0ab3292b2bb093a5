import { describe, expect, test } from "vitest";
import { resolveToLine } from "./resolve-to-line.ts";

describe("rule 7: the first reason that applies is given", () => {
  test.each([null, [], [{ kind: "Pod", name: "a" }], "Pod", 1, true, {}])(
    "%j is malformed",
    (value) => {
      expect(resolveToLine(value)).toBe("malformed");
    },
  );

  test.each([
    "apiVersion",
    "group",
    "apiGroup",
    "version",
    "kind",
    "resource",
    "namespace",
    "name",
    "uid",
  ])("%s of a wrong type is malformed", (field) => {
    for (const value of [1, true, {}, ["Pod"]]) {
      expect(resolveToLine({ apiVersion: "v1", kind: "Pod", name: "a", [field]: value })).toBe(
        "malformed",
      );
    }
  });

  test.each(["a/b", "/", "..", ".", "../../secrets", "\uD800", "a".repeat(254)])(
    "%j is no name and no namespace",
    (text) => {
      expect(resolveToLine({ apiVersion: "v1", kind: "Pod", name: text })).toBe("malformed");
      expect(resolveToLine({ apiVersion: "v1", kind: "Node", name: "a", namespace: text })).toBe(
        "malformed",
      );
    },
  );

  test("malformed comes before missing-name, missing-name before the rest", () => {
    expect(resolveToLine({ apiVersion: "a/b/c", kind: "Pod" })).toBe("malformed");
    expect(resolveToLine({ kind: "Pod", name: "" })).toBe("missing-name");
    expect(resolveToLine({ kind: "Nothing" })).toBe("missing-name");
    expect(resolveToLine({ apiVersion: "apps/v1", group: "batch", kind: "Job" })).toBe(
      "missing-name",
    );
    expect(
      resolveToLine({ kind: "Pod" }, { carrier: { apiVersion: "v1", kind: "Pod", metadata: {} } }),
    ).toBe("malformed");
  });

  test("fields that contradict each other are refused before anything is looked up", () => {
    expect(
      resolveToLine({ apiVersion: "apps/v1", group: "batch", kind: "Nothing", name: "a" }),
    ).toBe("contradiction");
    expect(
      resolveToLine({ apiVersion: "apps/v1", apiGroup: "", kind: "Deployment", name: "a" }),
    ).toBe("contradiction");
    expect(resolveToLine({ group: "apps", apiGroup: "batch", kind: "Job", name: "a" })).toBe(
      "contradiction",
    );
    expect(
      resolveToLine({ apiVersion: "apps/v1", version: "v1beta1", kind: "Deployment", name: "a" }),
    ).toBe("contradiction");
    expect(resolveToLine({ apiVersion: "v1", group: "apps", kind: "Pod", name: "a" })).toBe(
      "contradiction",
    );
  });

  test("fields that say the same are not a contradiction", () => {
    const all = { apiVersion: "apps/v1", group: "apps", apiGroup: "apps", version: "v1" };
    expect(resolveToLine({ ...all, kind: "Deployment", name: "a" })).toContain("explicit");
    expect(
      resolveToLine({ apiVersion: "v1", group: "apps", kind: "Deployment", name: "a" }),
    ).toContain("apps/v1 ");
  });

  test("a group without the kind is not-served with the groups that have it; without a group the kind is unknown", () => {
    expect(resolveToLine({ apiVersion: "batch/v1", kind: "Deployment", name: "a" })).toBe(
      "not-served apps/v1",
    );
    expect(resolveToLine({ apiVersion: "batch/v1", kind: "Nothing", name: "a" })).toBe(
      "not-served",
    );
    expect(resolveToLine({ apiVersion: "v7", kind: "Nothing", name: "a" })).toBe("unknown-kind");
  });
});

describe("own properties only", () => {
  test("inherited properties are not part of a reference", () => {
    const inherited = Object.create({ apiVersion: "v1", kind: "Pod", name: "a" }) as unknown;
    expect(resolveToLine(inherited)).toBe("malformed");
    expect(resolveToLine(JSON.parse('{"__proto__": {"kind": "Pod", "name": "a"}}'))).toBe(
      "malformed",
    );
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "%s is nobody's kind",
    (kind) => {
      expect(resolveToLine({ kind, name: "a" })).toBe("unknown-kind");
      expect(resolveToLine({ apiVersion: `${kind}/v1`, kind: "Pod", name: "a" })).toBe(
        "not-served v1",
      );
    },
  );
});
