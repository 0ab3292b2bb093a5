/** Bytes that are not a message of the schema. The reader of a whole message catches it and returns a refusal. */
export class MalformedMessage extends Error {
  override readonly name = "MalformedMessage";
}

/** Wire types, the low bits of a field's tag: https://protobuf.dev/programming-guides/encoding/#structure */
export const VARINT = 0;
const FIXED_64 = 1;
export const BYTES = 2;
const FIXED_32 = 5;

const MAX_VARINT_BYTES = 10;

/** Cache of 4,096 texts by length, first and last bytes; a newer text replaces the one in its slot. At most 0.3 MB. */
const repeated: string[] = Array.from({ length: 4_096 }, () => "");
const REPEATED_SHIFT = 32 - 12;
const REPEATED_MIN_BYTES = 4;
const REPEATED_MAX_BYTES = 64;
/** 2^32 divided by the golden ratio: similar keys get distant slots. */
const SCATTER = 0x9e_37_79_b1;

/**
 * Reads protobuf's wire format in place: nothing is copied, and fields that are not needed are skipped. Every read is bounded by
 * the `end` of its message; reading beyond it throws `MalformedMessage`.
 */
export class WireReader {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Field number and wire type: `tag >>> 3`, `tag & 7`. */
  tag(end: number): number {
    const tag = this.varint(end);
    if (tag < 8 || tag > 0xff_ff_ff_ff) throw new MalformedMessage("a field without a number");
    return tag;
  }

  /** An int64, rounded to the nearest number. */
  varint(end: number): number {
    let value = 0;
    let scale = 1;
    const start = this.at;
    while (this.at < end) {
      const byte = this.bytes[this.at] ?? 0;
      this.at += 1;
      if (byte < 0x80) {
        // Only a number with a tenth byte is negative.
        return this.at - start === MAX_VARINT_BYTES ? this.#negative(start) : value + byte * scale;
      }
      if (this.at - start === MAX_VARINT_BYTES) break;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    }
    throw new MalformedMessage("a number that does not end");
  }

  #negative(start: number): number {
    let value = 0n;
    for (let at = this.at - 1; at >= start; at -= 1) {
      value = (value << 7n) | BigInt((this.bytes[at] ?? 0) & 0x7f);
    }
    return Number(BigInt.asIntN(64, value));
  }

  /** Where the bytes, text or message that start here end. */
  bounds(end: number): number {
    const length = this.varint(end);
    if (length < 0 || length > end - this.at) {
      throw new MalformedMessage("a field that is longer than its message");
    }
    return this.at + length;
  }

  /** UTF-8; invalid bytes become U+FFFD. */
  text(end: number): string {
    const to = this.bounds(end);
    const from = this.at;
    this.at = to;
    return from === to ? "" : this.bytes.toString("utf8", from, to);
  }

  /** The same for texts that repeat, such as labels and owners: creating strings is the largest cost, so each is created once. */
  repeatedText(end: number): string {
    const to = this.bounds(end);
    const from = this.at;
    const length = to - from;
    if (length < REPEATED_MIN_BYTES || length > REPEATED_MAX_BYTES) {
      this.at = to;
      return length === 0 ? "" : this.bytes.toString("utf8", from, to);
    }
    const { bytes } = this;
    this.at = to;
    const ending = bytes.readUInt32LE(to - REPEATED_MIN_BYTES);
    const slot = Math.imul(ending ^ (length << 8) ^ (bytes[from] ?? 0), SCATTER) >>> REPEATED_SHIFT;
    const known = repeated[slot] ?? "";
    if (known.length === length && isSame(known, bytes, from)) return known;
    const text = bytes.toString("utf8", from, to);
    // Only in ASCII is each byte one character.
    if (text.length === length) repeated[slot] = text;
    return text;
  }

  /** Skips a field that is not needed. */
  skip(tag: number, end: number): void {
    switch (tag & 7) {
      case VARINT:
        this.varint(end);
        return;
      case FIXED_64:
        this.#advance(8, end);
        return;
      case BYTES:
        this.at = this.bounds(end);
        return;
      case FIXED_32:
        this.#advance(4, end);
        return;
      default:
        throw new MalformedMessage("a field of an unknown type");
    }
  }

  #advance(length: number, end: number): void {
    if (length > end - this.at) throw new MalformedMessage("a field that is cut");
    this.at += length;
  }
}

function isSame(text: string, bytes: Buffer, from: number): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) !== bytes[from + at]) return false;
  }
  return true;
}
