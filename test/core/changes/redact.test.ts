import fc from "fast-check";
import { expect, it } from "vitest";
import { redact } from "../../../core/changes/redact.ts";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { CONFIG_MAPS, configMap, ORIGIN } from "../../support/change.ts";

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

it("takes the values out of a Secret, and says where they were", () => {
  const { object, redacted } = redact(secret, SECRETS);
  expect(JSON.stringify(object)).not.toContain(CANARY);
  expect(object["type"]).toBe("Opaque");
  expect(object.metadata["annotations"]).toEqual({ kept: "yes" });
  expect(redacted).toEqual(["data", "stringData", `metadata.annotations["${LAST_APPLIED}"]`]);
});

it("lets no value of a Secret into the message", () => {
  const change = { change: "modified", object: secret, resourceVersion: "5", epoch: 1 } as const;
  const { message } = toChangeMessage(
    { ...ORIGIN, resource: SECRETS },
    { ...change, time: "2026-01-01T00:00:00.000Z" },
  );
  expect(JSON.stringify(message)).not.toContain(CANARY);
  expect(message.data.redacted).toContain("data");
});

it("knows a Secret by its kind too, and leaves other objects whole", () => {
  expect(redact(secret, CONFIG_MAPS).object["data"]).toBeUndefined();
  const plain = configMap("a", "5", { data: { k: CANARY } });
  expect(redact(plain, CONFIG_MAPS).object).toEqual(plain);
});

it("drops managedFields and keeps the newest writer as a hint", () => {
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

it("never throws, and leaves the object that it was given as it was", () => {
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
