import fc from "fast-check";
import { expect, it } from "vitest";
import { readFrames } from "../../../../adapters/kubernetes/protobuf/frames.ts";
import { withLength } from "../../../support/kubernetes/protobuf.ts";

async function readAll(chunks: readonly Buffer[], maxBytes?: number): Promise<readonly string[]> {
  async function* stream(): AsyncGenerator<Buffer> {
    yield* chunks;
  }
  const frames: string[] = [];
  for await (const frame of readFrames(stream(), maxBytes)) frames.push(frame.toString("hex"));
  return frames;
}

it("reads the same frames wherever the stream is split into chunks", async () => {
  const contents = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
  const cuts = fc.array(fc.nat(300), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(contents, cuts, async (frames, places) => {
      const bytes = Buffer.concat(frames.map((frame) => withLength(Buffer.from(frame))));
      const at = [0, ...places.filter((place) => place < bytes.length), bytes.length];
      const sorted = at.toSorted((a, b) => a - b);
      const chunks = sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
      expect(await readAll(chunks)).toEqual(
        frames.map((frame) => Buffer.from(frame).toString("hex")),
      );
    }),
  );
});

it("drops a frame that was cut by the connection", async () => {
  const whole = withLength(Buffer.from("whole"));
  const cut = withLength(Buffer.from("cut off")).subarray(0, 8);
  const half = withLength(Buffer.alloc(9)).subarray(0, 3);
  expect(await readAll([whole, cut])).toHaveLength(1);
  expect(await readAll([whole, half])).toHaveLength(1);
});

it("joins a frame of several megabytes once, not for every chunk", async () => {
  const content = Buffer.alloc(20 * 1024 * 1024, "x");
  const bytes = withLength(content);
  const chunks = Array.from({ length: Math.ceil(bytes.length / 1_000) }, (_, index) =>
    bytes.subarray(index * 1_000, (index + 1) * 1_000),
  );
  expect(await readAll(chunks)).toEqual([content.toString("hex")]);
});

it("refuses a frame over the limit before it is read", async () => {
  const length = Buffer.from([0xff, 0xff, 0xff, 0xff]);
  await expect(readAll([length])).rejects.toMatchObject({ code: "Invalid" });
});
