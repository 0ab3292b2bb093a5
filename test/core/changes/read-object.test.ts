import fc from "fast-check";
import { expect, it } from "vitest";
import { readObject } from "../../../core/changes/read-object.ts";
import { CONFIG_MAPS, configMap } from "../../support/change.ts";

it("adds the apiVersion and kind that an item of a list lacks", () => {
  const { apiVersion: _apiVersion, kind: _kind, ...item } = configMap("a", "5");
  const read = readObject(item, { ...CONFIG_MAPS, group: "example.com", kind: "Thing" });
  expect(read.ok && read.value.object).toMatchObject({
    apiVersion: "example.com/v1",
    kind: "Thing",
  });
});

it("keeps the kind that an object states", () => {
  const read = readObject({ ...configMap("a", "5"), kind: "Other" }, CONFIG_MAPS);
  expect(read.ok && read.value.object.kind).toBe("Other");
});

it("refuses an object without an identity, and never throws on any JSON", () => {
  expect(readObject({ metadata: { name: "a", resourceVersion: "1" } }, CONFIG_MAPS).ok).toBe(false);
  expect(
    readObject(
      { metadata: { __proto__: { name: "a", uid: "u", resourceVersion: "1" } } },
      CONFIG_MAPS,
    ).ok,
  ).toBe(false);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      readObject(value, CONFIG_MAPS);
      readObject({ metadata: value }, CONFIG_MAPS);
    }),
  );
});
