import { Failure } from "../values/failure.ts";
import type { Answer, Value } from "../values/value.ts";
import { Address, AddressRange, parseAddress, parseRange } from "./addresses.ts";
import { quote } from "./conversions.ts";
import { fail, onText, take, type CelFunction, type Library } from "./function.ts";

/**
 * https://github.com/kubernetes/kubernetes/blob/v1.36.3/staging/src/k8s.io/apiserver/pkg/cel/library/ip.go and `cidr.go` beside it.
 * `string(x)` of both is in conversions.ts.
 */
export const NETWORKS: Library = {
  ip: onText(toAddress),
  isIP: onText((text) => parseAddress(text) !== undefined),
  "ip.isCanonical": onText((text) => {
    const address = toAddress(text);
    return address instanceof Failure ? address : address.toText() === text;
  }),
  ".family": onAddress(({ bits }) => (bits === 32 ? 4 : 6)),
  ".isUnspecified": onAddress(({ value }) => value === 0n),
  ".isLoopback": onAddress((address) => isIn(address, "127.0.0.0/8", "::1/128")),
  ".isLinkLocalMulticast": onAddress((address) =>
    address.bits === 32
      ? isIn(address, "224.0.0.0/24")
      : isIn(address, "ff00::/8") && ((address.value >> 112n) & 0xfn) === 2n,
  ),
  ".isLinkLocalUnicast": onAddress((address) => isIn(address, "169.254.0.0/16", "fe80::/10")),
  ".isGlobalUnicast": onAddress(isGlobal),
  cidr: onText(toRange),
  isCIDR: onText((text) => parseRange(text) !== undefined),
  ".containsIP": onRange(
    (other) => (typeof other === "string" ? toAddress(other) : other),
    (range, other) =>
      other instanceof Address ? other.startsLike(range.address, range.length) : undefined,
  ),
  ".containsCIDR": onRange(
    (other) => (typeof other === "string" ? toRange(other) : other),
    (range, other) =>
      other instanceof AddressRange
        ? other.length >= range.length && other.address.startsLike(range.address, range.length)
        : undefined,
  ),
  ".ip": take(1, (range) => (range instanceof AddressRange ? range.address : undefined)),
  ".prefixLength": take(1, (range) => (range instanceof AddressRange ? range.length : undefined)),
  ".masked": take(1, (range) => (range instanceof AddressRange ? mask(range) : undefined)),
};

function toAddress(text: string): Address | Failure {
  return (
    parseAddress(text) ?? fail(`${quote(text)} is not an IP address such as 10.0.0.1 or fd00::1`)
  );
}

function toRange(text: string): AddressRange | Failure {
  return parseRange(text) ?? fail(`${quote(text)} is not a range of addresses such as 10.0.0.0/8`);
}

function onAddress(run: (address: Address) => Answer): CelFunction {
  return take(1, (value) => (value instanceof Address ? run(value) : undefined));
}

function onRange(
  convert: (other: Value) => Answer,
  test: (range: AddressRange, other: Value) => boolean | undefined,
): CelFunction {
  return take(2, (range, other) => {
    if (!(range instanceof AddressRange)) return undefined;
    const converted = convert(other);
    return converted instanceof Failure ? converted : test(range, converted);
  });
}

function isIn(address: Address, ...ranges: readonly string[]): boolean {
  return ranges.some((text) => {
    const range = parseRange(text);
    return range !== undefined && address.startsLike(range.address, range.length);
  });
}

function isGlobal(address: Address): boolean {
  const isBroadcast = address.bits === 32 && address.value === 0xff_ff_ff_ffn;
  const isLocal = isIn(address, "127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10");
  return (
    !isBroadcast && !isLocal && address.value !== 0n && !isIn(address, "224.0.0.0/4", "ff00::/8")
  );
}

function mask({ address, length }: AddressRange): AddressRange {
  const rest = BigInt(address.bits - length);
  return new AddressRange(new Address(address.bits, (address.value >> rest) << rest), length);
}
