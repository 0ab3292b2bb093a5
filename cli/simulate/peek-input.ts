/** The first bytes decide what an input is. */
const PEEKED_BYTES = 64 * 1024;

export type PeekedInput = {
  readonly type: "recording" | "objects";
  /** All of the input, from its beginning. */
  readonly chunks: AsyncIterable<Uint8Array>;
};

/**
 * Whether an input is a recording, a JSON message in each line, or objects as kubectl writes them, in YAML or JSON. A chunk is valid until the
 * next one is requested.
 */
export async function peekInput(chunks: AsyncIterable<Uint8Array>): Promise<PeekedInput> {
  const iterator = chunks[Symbol.asyncIterator]();
  const begun: Buffer[] = [];
  let bytes = 0;
  let isEnd = false;
  while (bytes < PEEKED_BYTES && !isEnd) {
    const next = await iterator.next();
    isEnd = next.done === true;
    if (next.done === true) break;
    // The stream may use the memory of a chunk again.
    const copy = Buffer.from(next.value);
    begun.push(copy);
    bytes += copy.length;
    if (/\S.*\n/.test(copy.toString("utf8"))) break;
  }
  const text = Buffer.concat(begun).toString("utf8");
  return { type: isObjects(text) ? "objects" : "recording", chunks: chain(begun, iterator) };
}

async function* chain(
  begun: readonly Uint8Array[],
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  yield* begun;
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) return;
    yield next.value;
  }
}

const YAML = /^(?:---|#|%|- |(?:apiVersion|kind|items|metadata|spec|status|data)\s*:)/;

/** A message has `specversion`, and is in one line. */
function isObjects(text: string): boolean {
  if (text.includes('"specversion"')) return false;
  const [first = ""] = text.trimStart().split("\n");
  const line = first.trim();
  const isJson = line === "{" || line.startsWith("[") || /^\{.*"(?:apiVersion|kind)"/.test(line);
  return isJson || YAML.test(line);
}
