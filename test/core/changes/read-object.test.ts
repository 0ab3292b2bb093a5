import fc from "fast-check";
import { expect, it } from "vitest";
import { readObject } from "../../../core/changes/read-object.ts";
import { CONFIG_MAPS, configMap } from "../../support/relay/change.ts";

it("adds the apiVersion and kind that an item of a list lacks", () => {
  const { apiVersion: _apiVersion, kind: _kind, ...item } = configMap("a", "5");
  const read = readObject(item, { ...CONFIG_MAPS, group: "example.com", kind: "Thing" });
  expect(read.ok && read.value.object).toMatchObject({
    apiVersion: "example.com/v1",
    kind: "Thing",
  });
});

it("reads what the relay needs of an object", () => {
  const object = configMap("a", "5");
  const whole = { ...object, metadata: { ...object.metadata, generation: 3 } };
  expect(readObject(whole, CONFIG_MAPS)).toEqual({
    ok: true,
    value: {
      object: whole,
      uid: "uid-a",
      resourceVersion: "5",
      namespace: "default",
      name: "a",
      generation: 3,
    },
  });
  const { namespace: _namespace, ...metadata } = object.metadata;
  expect(readObject({ ...object, metadata }, CONFIG_MAPS)).toMatchObject({
    value: { namespace: "", generation: null },
  });
});

it("keeps only metadata if the watch reads no more, with the kind of the resource", () => {
  const partial = {
    ...configMap("a", "5"),
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
  };
  const read = readObject(partial, CONFIG_MAPS, "metadata");
  expect(read.ok && read.value.object).toEqual({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: partial.metadata,
  });
});

it.each(["name", "uid", "resourceVersion"])("refuses an object with an empty %s", (field) => {
  const object = configMap("a", "5");
  const metadata = { ...object.metadata, [field]: "" };
  expect(readObject({ ...object, metadata }, CONFIG_MAPS).ok).toBe(false);
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
