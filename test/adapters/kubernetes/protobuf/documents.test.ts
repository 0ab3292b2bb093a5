import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeDocument,
  decodeWatchEvent,
} from "../../../../adapters/kubernetes/protobuf/documents.ts";
import { redact } from "../../../../core/redaction/redact.ts";
import type { KubernetesObject } from "../../../../events/change.ts";
import { CONFIG_MAPS } from "../../../support/relay/change.ts";
import {
  toEnvelope,
  toFrame,
  toPartialList,
  toPartialObject,
  toStatus,
} from "../../../support/kubernetes/protobuf.ts";

const LENGTH_BYTES = 4;
const METADATA = {
  name: "backup-1",
  generateName: "backup-",
  namespace: "data",
  uid: "3e4e6f79-0ca7-45b5-831f-060bd427f11e",
  resourceVersion: "123456",
  generation: 3,
  creationTimestamp: "2026-11-21T14:40:52Z",
  deletionTimestamp: "2026-11-21T14:41:00Z",
  deletionGracePeriodSeconds: 0,
  labels: { app: "backup", empty: "" },
  annotations: { note: "ü€😀", "kubernetes.io/description": "x".repeat(300) },
  ownerReferences: [
    { apiVersion: "batch/v1", kind: "CronJob", name: "backup", uid: "u-1", controller: true },
    {
      apiVersion: "v1",
      kind: "Node",
      name: "n",
      uid: "u-2",
      controller: false,
      blockOwnerDeletion: true,
    },
  ],
  finalizers: ["example.com/a", "example.com/b"],
};

const decode = (metadata: Readonly<Record<string, unknown>>): unknown => {
  const decoded = decodeDocument(toPartialObject({ metadata }));
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value;
};

const partial = (metadata: object): object => ({
  apiVersion: "meta.k8s.io/v1",
  kind: "PartialObjectMetadata",
  metadata,
});

describe("an object's metadata", () => {
  it("is read into what its JSON would be", () => {
    expect(decode(METADATA)).toEqual(partial(METADATA));
  });

  it("has no fields that its JSON omits", () => {
    expect(decode({ name: "a" })).toEqual(partial({ name: "a" }));
    expect(decode({ name: "a", generation: 0, labels: {} })).toEqual(partial({ name: "a" }));
  });

  it("keeps a key that is special in JavaScript as an ordinary key", () => {
    const annotations = JSON.parse('{"__proto__":"a","constructor":"b"}') as object;
    expect(decode({ annotations })).toEqual(partial({ annotations }));
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });

  it("is read from any object that JSON can express", () => {
    const unit = fc.constantFrom("a", "Z", "0", "-", "/", "\u0000", "é", "€", "😀", "\uffff");
    const text = fc.string({ unit, maxLength: 100 });
    const texts = fc.dictionary(text, text, { minKeys: 1, maxKeys: 3 });
    const metadata = fc.record(
      {
        name: text.filter((name) => name !== ""),
        uid: fc.string({ minLength: 1 }),
        generation: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        creationTimestamp: fc
          .date({ min: new Date(1), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true })
          .map(toSeconds),
        deletionGracePeriodSeconds: fc.integer(),
        labels: texts,
        annotations: texts,
        finalizers: fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(metadata, (one) => {
        expect(decode(one)).toEqual(partial(one));
      }),
    );
  });
});

describe("managedFields", () => {
  const entry = (manager: string, time: string | undefined): object => ({
    manager,
    operation: "Update",
    apiVersion: "v1",
    ...(time === undefined ? {} : { time }),
    fieldsV1: { "f:metadata": {} },
  });

  it("are read only for the last writer, which the JSON reader keeps too", () => {
    const manager = fc.constantFrom("kubectl", "kubelet", "manager");
    const time = fc.constantFrom(
      undefined,
      "2026-11-21T14:40:52Z",
      "2026-11-21T14:40:53Z",
      "1969-12-31T23:59:59Z",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(manager, time), { maxLength: 5 }), (entries) => {
        const metadata = {
          name: "a",
          uid: "u",
          managedFields: entries.map(([who, when]) => entry(who, when)),
        };
        const object = (value: unknown): KubernetesObject => value as KubernetesObject;
        const json = redact(object(partial(metadata)), CONFIG_MAPS);
        expect(redact(object(decode(metadata)), CONFIG_MAPS)).toEqual(json);
      }),
    );
  });
});

it("reads a list with its continue token", () => {
  const decoded = decodeDocument(
    toPartialList({ resourceVersion: "9", continue: "more" }, [
      { metadata: METADATA },
      { metadata: { name: "b" } },
    ]),
  );
  expect(decoded).toMatchObject({
    ok: true,
    value: {
      metadata: { resourceVersion: "9", continue: "more" },
      items: [{ metadata: METADATA }, { metadata: { name: "b" } }],
    },
  });
});

it("reads a Status with its causes and retry delay", () => {
  const status = toStatus({
    code: 429,
    message: "too many",
    reason: "TooManyRequests",
    retryAfterSeconds: 7,
  });
  expect(decodeDocument(status)).toEqual({
    ok: true,
    value: {
      apiVersion: "v1",
      kind: "Status",
      status: "Failure",
      message: "too many",
      reason: "TooManyRequests",
      details: { retryAfterSeconds: 7 },
      code: 429,
    },
  });
});

describe("malformed bytes", () => {
  it("are refused, never thrown, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeWatchEvent(Buffer.from(bytes));
        decodeDocument(Buffer.from(bytes));
        decodeDocument(toEnvelope("meta.k8s.io/v1", "PartialObjectMetadata", Buffer.from(bytes)));
        decodeDocument(
          toEnvelope("meta.k8s.io/v1", "PartialObjectMetadataList", Buffer.from(bytes)),
        );
        decodeDocument(toEnvelope("v1", "Status", Buffer.from(bytes)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("are refused if a message was cut, or its bytes were changed", () => {
    const frame = toFrame("ADDED", toPartialObject({ metadata: METADATA })).subarray(LENGTH_BYTES);
    for (let length = 1; length < frame.length; length += 1) {
      expect(decodeWatchEvent(frame.subarray(0, length)).ok).toBe(length === 7);
    }
    fc.assert(
      fc.property(fc.nat(frame.length - 1), fc.nat(255), (at, byte) => {
        const damaged = Buffer.from(frame);
        damaged[at] = byte;
        decodeWatchEvent(damaged);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["JSON", Buffer.from('{"type":"ADDED"}')],
    ["whole objects", toEnvelope("v1", "Pod", Buffer.alloc(0))],
    ["nothing", Buffer.alloc(0)],
  ])("are refused if they are %s", (_what, bytes) => {
    expect(decodeDocument(bytes).ok).toBe(false);
  });
});

function toSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
