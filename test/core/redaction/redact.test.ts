import fc from "fast-check";
import { expect, it } from "vitest";
import { redact } from "../../../core/redaction/redact.ts";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import type { FieldPattern } from "../../../core/json/field-pattern.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { CONFIG_MAPS, configMap, ORIGIN } from "../../support/relay/change.ts";

const CANARY = "c2VjcmV0LWNhbmFyeQ==";
const SECRETS: ResourceType = { ...CONFIG_MAPS, resource: "secrets", kind: "Secret" };
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

const secret: KubernetesObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name: "s",
    uid: "u",
    namespace: "default",
    resourceVersion: "5",
    annotations: { [LAST_APPLIED]: `{"data":{"k":"${CANARY}"}}`, kept: "yes" },
    managedFields: [],
  },
  data: { k: CANARY },
  stringData: { k: CANARY },
  type: "Opaque",
};

it("removes the values of a Secret, and says where they were", () => {
  const { object, redacted } = redact(secret, SECRETS);
  expect(JSON.stringify(object)).not.toContain(CANARY);
  expect(object["type"]).toBe("Opaque");
  expect(object.metadata["annotations"]).toEqual({ kept: "yes" });
  expect(redacted).toEqual(["data", "stringData", `metadata.annotations["${LAST_APPLIED}"]`]);
});

it.each(["kapp.k14s.io/original", "objectset.rio.cattle.io/applied"])(
  "removes the copy of a Secret that another tool keeps in %s",
  (name) => {
    const annotations = { [name]: CANARY, kept: "yes" };
    const { object } = redact(
      { ...secret, metadata: { ...secret.metadata, annotations } },
      SECRETS,
    );
    expect(object.metadata["annotations"]).toEqual({ kept: "yes" });
  },
);

it("lets no value of a Secret into the message", () => {
  const change = { change: "modified", object: secret, resourceVersion: "5", epoch: 1 } as const;
  const { message } = toChangeMessage(
    { ...ORIGIN, resource: SECRETS },
    { ...change, time: "2026-01-01T00:00:00.000Z" },
  );
  expect(JSON.stringify(message)).not.toContain(CANARY);
  expect(message.data.redacted).toContain("data");
});

it("recognises a Secret by its kind too, and does not change other objects", () => {
  expect(redact(secret, CONFIG_MAPS).object["data"]).toBeUndefined();
  const plain = configMap("a", "5", { data: { k: CANARY } });
  expect(redact(plain, CONFIG_MAPS).object).toEqual(plain);
});

it("removes managedFields and keeps the newest writer as a hint", () => {
  const object = configMap("a", "5");
  const managedFields = [
    { manager: "kubectl", time: "2026-01-02T00:00:00Z", fieldsV1: {} },
    { manager: "controller", time: "2026-01-03T00:00:00Z", fieldsV1: {} },
    { manager: "old", time: "2026-01-01T00:00:00Z", fieldsV1: {} },
  ];
  const result = redact(
    { ...object, metadata: { ...object.metadata, managedFields } },
    CONFIG_MAPS,
  );
  expect(result.object).toEqual(object);
  expect(result.writer).toBe("controller");
});

it("never throws, and does not modify the given object", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const metadata = { name: "a", uid: "u", managedFields: value, annotations: value };
      const object = { apiVersion: "v1", kind: "Secret", metadata, data: value };
      const before = JSON.stringify(object);
      redact(object, SECRETS);
      expect(JSON.stringify(object)).toBe(before);
    }),
  );
});

const VALUES: FieldPattern = ["spec", "containers", null, "env", null, "value"];

it("removes configured paths from every item, and says which paths had a value", () => {
  const object = {
    ...configMap("a", "5", { data: { password: CANARY, mode: "fast" } }),
    spec: {
      containers: [
        { name: "a", env: [{ name: "x", value: CANARY }, { name: "y" }] },
        { name: "b", image: "c" },
      ],
    },
  };
  const result = redact(object, CONFIG_MAPS, [["data", "password"], VALUES, ["data", "other"]]);
  expect(result.object["data"]).toEqual({ mode: "fast" });
  expect(result.object["spec"]).toEqual({
    containers: [
      { name: "a", env: [{ name: "x" }, { name: "y" }] },
      { name: "b", image: "c" },
    ],
  });
  expect(result.redacted).toEqual(["data.password", "spec.containers[*].env[*].value"]);
});

it("removes the copy that kubectl keeps, even if the object itself no longer has the fields", () => {
  const object = configMap("a", "5", { data: { mode: "fast" } });
  const annotations = { [LAST_APPLIED]: `{"data":{"password":"${CANARY}"}}` };
  const old = { ...object, metadata: { ...object.metadata, annotations } };
  const { object: left, redacted } = redact(old, CONFIG_MAPS, [["data", "password"]]);
  expect(JSON.stringify(left)).not.toContain(CANARY);
  expect(redacted).toEqual([`metadata.annotations["${LAST_APPLIED}"]`]);
  expect(redact(old, CONFIG_MAPS).object).toEqual(old);
});

it("applies to all items of a list even without [*], and to the values of a map with [*]", () => {
  const object = {
    ...configMap("a", "5"),
    spec: { users: [{ token: CANARY }], clusters: { one: { token: CANARY }, two: 2 } },
  };
  const paths = [
    ["spec", "users", "token"],
    ["spec", "clusters", null, "token"],
  ];
  const { object: left } = redact(object, CONFIG_MAPS, paths);
  expect(left["spec"]).toEqual({ users: [{}], clusters: { one: {}, two: 2 } });
});

it("removes any path from any object, and is idempotent", () => {
  const key = fc.oneof(fc.constant(null), fc.constantFrom("a", "b", "__proto__", "0"));
  const tree = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small" },
      fc.constant("x"),
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom("a", "b", "__proto__", "0"), tie("node")),
    ),
  })).node;
  const path = fc
    .tuple(fc.array(key, { maxLength: 3 }), fc.constantFrom("a", "b", "__proto__"))
    .map(([head, last]) => ["spec", ...head, last]);
  fc.assert(
    fc.property(tree, fc.array(path, { minLength: 1, maxLength: 3 }), (spec, paths) => {
      const object = { ...configMap("a", "5"), spec };
      const before = JSON.stringify(object);
      const once = redact(object, CONFIG_MAPS, paths).object;
      expect(JSON.stringify(object)).toBe(before);
      expect(redact(once, CONFIG_MAPS, paths)).toMatchObject({ object: once, redacted: [] });
    }),
  );
});
