import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packData, parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import {
  toMessageBody,
  toTruncatedBody,
  toWireText,
  UNPACKED_MAX_BYTES,
} from "../../../core/changes/message-body.ts";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import { CHANGE_MAX_VALUES } from "../../../events/json-values.ts";
import type { ChangeMessage, KubernetesObject } from "../../../events/change.ts";
import { configMap, ORIGIN } from "../../support/relay/change.ts";

const limits = { maxBytes: 4096, pack: packData };

function message(object: KubernetesObject): ChangeMessage {
  const change = { change: "modified", object, resourceVersion: "5", epoch: 1 } as const;
  return toChangeMessage(ORIGIN, { ...change, time: "2026-01-01T00:00:00.000Z" }).message;
}

describe("a body within the limit", () => {
  it("is sent uncompressed if it fits", () => {
    const small = message(configMap("a", "5", { data: { k: "v" } }));
    expect(toMessageBody(small, limits)).toBe(JSON.stringify(small));
  });

  it("is sent as gzip if that fits, and is the same message when read", () => {
    const large = message(configMap("a", "5", { data: { k: "x".repeat(20_000) } }));
    const body = toMessageBody(large, limits);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(limits.maxBytes);
    expect(JSON.parse(body)).toMatchObject({ datacontentencoding: "gzip" });
    expect(parseChangeBody(body)).toEqual({ outcome: "parsed", value: large });
  });

  it("is sent as metadata if even gzip is too large, and says so", () => {
    const noise = randomBytes(8_000).toString("base64");
    const body = toMessageBody(message(configMap("a", "5", { data: { k: noise } })), limits);
    const parsed = parseChangeBody(body);
    if (parsed.outcome !== "parsed") throw new Error(parsed.reason);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(limits.maxBytes);
    expect(parsed.value.data).toMatchObject({ truncated: true, resourceVersion: "5" });
    expect(parsed.value.data.object["data"]).toBeUndefined();
    expect(parsed.value.data.object.metadata["resourceVersion"]).toBe("5");
  });

  it("is sent as identity only if the metadata is too large", () => {
    const object = configMap("a", "5");
    const annotations = { k: randomBytes(8_000).toString("base64") };
    const huge = { ...object, metadata: { ...object.metadata, annotations } };
    const body = toMessageBody(message(huge), limits);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(limits.maxBytes);
    expect(JSON.parse(body).data.object.metadata).toEqual({
      name: "a",
      namespace: "default",
      uid: "uid-a",
    });
  });

  it("is sent uncompressed at exactly the limit", () => {
    const small = message(configMap("a", "5", { data: { k: "ü".repeat(500) } }));
    const maxBytes = Buffer.byteLength(JSON.stringify(small));
    expect(toMessageBody(small, { ...limits, maxBytes })).toBe(JSON.stringify(small));
    expect(JSON.parse(toMessageBody(small, { ...limits, maxBytes: maxBytes - 1 }))).toHaveProperty(
      "data_base64",
    );
  });

  it("is sent as metadata if it has more values than a function reads, or unpacks to more", () => {
    const wide = { list: Array.from({ length: CHANGE_MAX_VALUES }, () => 0) };
    const long = { text: "x".repeat(UNPACKED_MAX_BYTES) };
    for (const data of [wide, long]) {
      const body = toMessageBody(message({ ...configMap("a", "5"), data }), limits);
      const parsed = parseChangeBody(body);
      if (parsed.outcome !== "parsed") throw new Error(parsed.reason);
      expect(parsed.value.data).toMatchObject({ truncated: true, resourceVersion: "5" });
      expect(parsed.value.data.object["data"]).toBeUndefined();
    }
  });

  it("counts bytes, not characters", () => {
    const wide = message(configMap("a", "5", { data: { k: "ü".repeat(1_900) } }));
    expect(JSON.stringify(wide).length).toBeLessThan(limits.maxBytes);
    expect(Buffer.byteLength(toMessageBody(wide, limits))).toBeLessThanOrEqual(limits.maxBytes);
  });
});

it("has no namespace for a cluster-scoped object", () => {
  const object = configMap("a", "5");
  const { namespace: _namespace, ...metadata } = object.metadata;
  const body = toTruncatedBody(message({ ...object, metadata }), "too large");
  expect(JSON.parse(body).data.object.metadata).toEqual({ name: "a", uid: "uid-a" });
});

it("says why it was truncated", () => {
  const body = toTruncatedBody(message(configMap("a", "5")), "the queue refused it");
  expect(JSON.parse(body).data).toMatchObject({ truncated: true, reason: "the queue refused it" });
});

it("contains only characters that SQS accepts, and means the same", () => {
  // oxlint-disable-next-line no-control-regex -- which control characters SQS takes is the point
  const allowed = /^[\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd]*$/;
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const text = toWireText({ value });
      expect(text).toMatch(allowed);
      expect(JSON.parse(text)).toEqual({ value });
    }),
  );
  expect(toWireText("\uffff\ufffe\u{1f600}\ud800")).toBe(
    String.raw`"\uffff\ufffe\ud83d\ude00\ud800"`,
  );
});
