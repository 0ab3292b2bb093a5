import * as v from "valibot";
import { expect, test } from "vitest";
import {
  groupName,
  isNamespaceName,
  isObjectName,
  namespaceName,
  objectName,
  resourceName,
  versionName,
} from "../../events/address.ts";

test.each([
  ["an object", objectName, 1024],
  ["a namespace", namespaceName, 63],
  ["an API group", groupName, 253],
  ["an API version", versionName, 63],
  ["a resource", resourceName, 253],
] as const)("the name of %s has a limit", (what, schema, most) => {
  expect(v.safeParse(schema, "a".repeat(most)).success).toBe(true);
  expect(v.safeParse(schema, "a".repeat(most + 1)).issues).toMatchObject([
    { message: `expected the name of ${what}, of at most ${most} characters` },
  ]);
});

test("names that objects state about others have the same limits", () => {
  expect(isObjectName("a".repeat(1024))).toBe(true);
  expect(isObjectName("a".repeat(1025))).toBe(false);
  expect(isNamespaceName("a".repeat(63))).toBe(true);
  expect(isNamespaceName("a".repeat(64))).toBe(false);
});
