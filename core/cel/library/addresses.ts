import { charge } from "../values/meter.ts";
import { Opaque, type Value } from "../values/value.ts";

/** An address of IPv4 (32 bits) or IPv6 (128). */
export class Address extends Opaque {
  readonly typeName = "net.IP";
  readonly bits: 32 | 128;
  readonly value: bigint;

  constructor(bits: 32 | 128, value: bigint) {
    super();
    this.bits = bits;
    this.value = value;
  }

  equals(other: Value): boolean {
    return other instanceof Address && other.bits === this.bits && other.value === this.value;
  }

  /** In its canonical form. */
  toText(): string {
    const size = this.bits === 32 ? 8n : 16n;
    const count = this.bits === 32 ? 4 : 8;
    const parts = Array.from({ length: count }, (_, index) =>
      BigInt.asUintN(Number(size), this.value >> (size * BigInt(count - 1 - index))),
    );
    return this.bits === 32 ? parts.join(".") : shorten(parts.map((part) => part.toString(16)));
  }

  /** Whether the first bits are those of another address. */
  startsLike(other: Address, length: number): boolean {
    const rest = BigInt(this.bits - length);
    return this.bits === other.bits && this.value >> rest === other.value >> rest;
  }
}

/** A range of addresses: those that share the first bits of this one. */
export class AddressRange extends Opaque {
  readonly typeName = "net.CIDR";
  readonly address: Address;
  readonly length: number;

  constructor(address: Address, length: number) {
    super();
    this.address = address;
    this.length = length;
  }

  equals(other: Value): boolean {
    return (
      other instanceof AddressRange &&
      other.length === this.length &&
      other.address.equals(this.address)
    );
  }

  toText(): string {
    return `${this.address.toText()}/${this.length}`;
  }
}

/** Replaces the longest row of at least two zeros, the first one of several, by `::`. */
function shorten(parts: readonly string[]): string {
  let best = { from: 0, length: 1 };
  for (let from = 0; from < parts.length; from += 1) {
    let length = 0;
    while (parts[from + length] === "0") length += 1;
    if (length > best.length) best = { from, length };
  }
  if (best.length < 2) return parts.join(":");
  return `${parts.slice(0, best.from).join(":")}::${parts.slice(best.from + best.length).join(":")}`;
}

const MAX_LENGTH = 50;
const PARSE_STEPS = 20;

/**
 * Undefined if the text is no address, or one with a zone, or one of IPv4 in the form of IPv6 (`::ffff:1.2.3.4`).
 * @see https://pkg.go.dev/net/netip#ParseAddr
 */
export function parseAddress(text: string): Address | undefined {
  charge(PARSE_STEPS);
  if (text.length > MAX_LENGTH) return undefined;
  if (!text.includes(":")) {
    const value = parseFour(text);
    return value === undefined ? undefined : new Address(32, value);
  }
  const value = parseSix(text);
  if (value === undefined || value >> 32n === 0xff_ffn) return undefined;
  return new Address(128, value);
}

function parseFour(text: string): bigint | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split(".");
  if (parts.some((part) => /^0\d/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function parseSix(text: string): bigint | undefined {
  const [before = "", after, ...more] = text.split("::");
  if (more.length > 0) return undefined;
  const first = toGroups(before);
  const last = after === undefined ? [] : toGroups(after);
  if (first === undefined || last === undefined) return undefined;
  const missing = 8 - first.length - last.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...first, ...Array<bigint>(missing).fill(0n), ...last];
  return groups.reduce((sum, group) => (sum << 16n) + group, 0n);
}

/** The groups between colons; an address of IPv4 at the end is two of them. */
function toGroups(text: string): readonly bigint[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: bigint[] = [];
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else {
      const four = index === parts.length - 1 ? parseFour(part) : undefined;
      if (four === undefined) return undefined;
      groups.push(four >> 16n, four & 0xff_ffn);
    }
  }
  return groups;
}

/** Undefined if the text is no range such as `10.0.0.0/8`. */
export function parseRange(text: string): AddressRange | undefined {
  const slash = text.lastIndexOf("/");
  const address = slash === -1 ? undefined : parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined;
  return Number(length) > address.bits ? undefined : new AddressRange(address, Number(length));
}
