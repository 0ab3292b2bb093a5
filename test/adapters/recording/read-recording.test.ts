import * as fc from "fast-check";
import { expect, test } from "vitest";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import { readRecording, type RecordedLine } from "../../../adapters/recording/read-recording.ts";
import { packData } from "../../../adapters/sqs/packed-data.ts";
import { configMap, ORIGIN } from "../../support/relay/change.ts";

const { message } = toChangeMessage(ORIGIN, {
  change: "added",
  object: configMap("é\u2028🚀", "1"),
  resourceVersion: "1",
  epoch: 1,
  time: "2026-01-01T00:00:00.000Z",
});
const LINE = JSON.stringify(message);

async function read(chunks: readonly Uint8Array[], maxLineBytes?: number) {
  async function* stream() {
    yield* chunks;
  }
  const lines: RecordedLine[] = [];
  let bytes = 0;
  for await (const batch of readRecording(stream(), maxLineBytes)) {
    lines.push(...batch.lines);
    ({ bytes } = batch);
  }
  return { lines, bytes };
}

function summarize(line: RecordedLine): string {
  return line.outcome === "read"
    ? `${line.line} ${line.message.data.object.metadata.name}`
    : `${line.line} ${line.code}: ${line.reason}`;
}

test("each change is read with its line number, also a packed one; empty lines are counted and skipped", async () => {
  const { data, ...envelope } = message;
  const packed = {
    ...envelope,
    datacontentencoding: "gzip",
    data_base64: packData(JSON.stringify(data)),
  };
  const text = `${LINE}\n\n \r\n${LINE}\r\n${JSON.stringify(packed)}\n`;
  const { lines, bytes } = await read([Buffer.from(text)]);
  expect(lines.map((line) => summarize(line))).toEqual([
    "1 é\u2028🚀",
    "4 é\u2028🚀",
    "5 é\u2028🚀",
  ]);
  expect(bytes).toBe(Buffer.byteLength(text));
});

test("it makes no difference how the bytes are split", async () => {
  const text = Buffer.from(`${LINE}\nnot JSON\n${LINE}\n`);
  const whole = await read([text]);
  const cuts = fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(cuts, async (at) => {
      const ends = [...at.toSorted((a, b) => a - b), text.length];
      const chunks = ends.map((end, index) => text.subarray(ends[index - 1] ?? 0, end));
      expect(await read(chunks)).toEqual(whole);
    }),
    { numRuns: 100 },
  );
});

test("a line that cannot be read is reported with its number, and reading continues", async () => {
  const newer = LINE.replace("urn:kubemend:change:1", "urn:kubemend:change:9");
  const text = ["{", "[]", newer, "\u0000", `{"__proto__":{"data":1}}`, LINE, ""].join("\n");
  const { lines } = await read([Buffer.from(text)]);
  expect(lines.map((line) => summarize(line).split(": ")[0])).toEqual([
    "1 malformed",
    "2 malformed",
    "3 newer",
    "4 malformed",
    "5 malformed",
    "6 é\u2028🚀",
  ]);
});

test("a last line without a newline is read if it is complete, and reported as cut off if it is not", async () => {
  expect((await read([Buffer.from(LINE)])).lines).toMatchObject([{ outcome: "read", line: 1 }]);
  const half = LINE.slice(0, LINE.length / 2);
  const { lines } = await read([Buffer.from(`${LINE}\n${half}`)]);
  expect(lines.map((line) => summarize(line))).toEqual([
    "1 é\u2028🚀",
    "2 malformed: the body is not JSON (the recording was cut off here)",
  ]);
});

test("a line over the limit is skipped without being kept in memory, and the next one is read", async () => {
  const long = Buffer.alloc(1000, "x");
  const chunks = [long, long, long, Buffer.from(`\n${LINE}\n`)];
  const { lines } = await read(chunks, 2000);
  expect(lines.map((line) => summarize(line))).toEqual([
    "1 malformed: longer than 2000 bytes",
    "2 é\u2028🚀",
  ]);
});

test("an empty recording has no lines", async () => {
  expect((await read([])).lines).toEqual([]);
});
