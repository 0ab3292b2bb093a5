import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { packData, parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import { CHANGE_MAX_VALUES } from "../../../events/json-values.ts";
import { UNPACKED_MAX_BYTES } from "../../../core/changes/message-body.ts";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import { configMap, ORIGIN } from "../../support/relay/change.ts";

const { message } = toChangeMessage(ORIGIN, {
  change: "added",
  object: configMap("a", "5"),
  resourceVersion: "5",
  epoch: 1,
  time: "2026-01-01T00:00:00.000Z",
});
const { data, ...envelope } = message;
const packed = (base64: string): string =>
  JSON.stringify({ ...envelope, datacontentencoding: "gzip", data_base64: base64 });

it("reads a change, packed or not, as the same message", () => {
  const parsed = { outcome: "parsed", value: message };
  expect(parseChangeBody(JSON.stringify(message))).toEqual(parsed);
  expect(parseChangeBody(packed(packData(JSON.stringify(data))))).toEqual(parsed);
});

it("refuses data that is not gzip, not JSON, or a decompression bomb", () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024)).toString("base64");
  for (const base64 of ["AAAA", packData("no json"), bomb]) {
    expect(parseChangeBody(packed(base64))).toMatchObject({
      outcome: "refused",
      code: "malformed",
    });
  }
});

it("refuses a newer contract as temporary, also if it is packed", () => {
  const newer = packed(packData("{}")).replace("urn:kubemend:change:1", "urn:kubemend:change:2");
  expect(parseChangeBody(newer)).toMatchObject({ outcome: "refused", code: "newer" });
});

it("never throws", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, text) => {
      parseChangeBody(text);
      parseChangeBody(JSON.stringify(value));
      parseChangeBody(
        JSON.stringify({ ...envelope, datacontentencoding: "gzip", data_base64: value }),
      );
      parseChangeBody(packed(packData(JSON.stringify(value))));
    }),
  );
});

it("integers beyond 2^53 keep their digits in packed data, and nesting is bounded there too", () => {
  const text = JSON.stringify(data).replace('"epoch":1', '"epoch":1,"big":9223372036854775807');
  const parsed = parseChangeBody(packed(packData(text)));
  expect(JSON.stringify(parsed)).toContain('"big":9223372036854775807');
  const deep = `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
  expect(parseChangeBody(packed(packData(deep)))).toMatchObject({
    outcome: "refused",
    code: "malformed",
    reason: expect.stringContaining("nested more than 510 levels deep") as unknown,
  });
});

it("refuses packed data of more values than an object has, before they are made", () => {
  const text = `{"redacted":[${"0,".repeat(CHANGE_MAX_VALUES)}0]}`;
  expect(parseChangeBody(packed(packData(text)))).toEqual({
    outcome: "refused",
    code: "malformed",
    reason: `data_base64 is JSON of more than ${CHANGE_MAX_VALUES} values`,
  });
});

it("unpacks as much as is packed, and no more", () => {
  const withText = (length: number) =>
    packed(packData(JSON.stringify({ ...data, text: "x".repeat(length) })));
  expect(parseChangeBody(withText(UNPACKED_MAX_BYTES - 10_000)).outcome).toBe("parsed");
  expect(parseChangeBody(withText(UNPACKED_MAX_BYTES)).outcome).toBe("refused");
});
