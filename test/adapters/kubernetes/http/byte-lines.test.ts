import fc from "fast-check";
import { expect, it } from "vitest";
import { readLines } from "../../../../adapters/kubernetes/http/byte-lines.ts";

async function* toChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (let index = 0; from < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

const read = (bytes: Buffer, sizes: readonly number[]): Promise<string[]> =>
  Array.fromAsync(readLines(toChunks(bytes, sizes)));

it("reads the same lines however the bytes are split, including multi-byte characters", async () => {
  const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", ""));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      async (lines, sizes) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
        expect(await read(bytes, sizes)).toEqual(lines);
      },
    ),
  );
});

it("drops the incomplete line of a connection that was cut", async () => {
  expect(await read(Buffer.from('{"a":1}\n{"b":'), [5])).toEqual(['{"a":1}']);
});

it("reads a line of several megabytes", async () => {
  const line = "ä".repeat(3_000_000);
  const [first] = await read(Buffer.from(`${line}\n`), [65_536]);
  expect(first === line).toBe(true);
});

it("refuses a line without end", async () => {
  const endless = async function* (): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.alloc(1_024, 0x20);
  };
  await expect(Array.fromAsync(readLines(endless(), 10_000))).rejects.toMatchObject({
    code: "Invalid",
  });
});
