const SUFFIXES: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  "": 1_000_000_000n,
  k: 1_000n * 1_000_000_000n,
  M: 1_000n ** 2n * 1_000_000_000n,
  G: 1_000n ** 3n * 1_000_000_000n,
  T: 1_000n ** 4n * 1_000_000_000n,
  P: 1_000n ** 5n * 1_000_000_000n,
  E: 1_000n ** 6n * 1_000_000_000n,
  Ki: 1_024n * 1_000_000_000n,
  Mi: 1_024n ** 2n * 1_000_000_000n,
  Gi: 1_024n ** 3n * 1_000_000_000n,
  Ti: 1_024n ** 4n * 1_000_000_000n,
  Pi: 1_024n ** 5n * 1_000_000_000n,
  Ei: 1_024n ** 6n * 1_000_000_000n,
};

const UNIT = 1_000_000_000n;
const PATTERN =
  /^(\d{1,18})(?:\.(\d{0,9}))?(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([0-9]))?$/;

/**
 * A Kubernetes quantity, not negative, in billionths, exactly: `1500m`, `0.5`, `512Mi`. Undefined for anything else.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(text: string): bigint | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, whole = "0", fraction = "", suffix = "", exponent] = match;
  const scale =
    exponent === undefined ? (SUFFIXES[suffix] ?? UNIT) : UNIT * 10n ** BigInt(exponent);
  const digits = BigInt(whole + fraction) * scale;
  const divisor = 10n ** BigInt(fraction.length);
  return (digits + divisor - 1n) / divisor;
}

/** The same of any value: an API server writes whole numbers as numbers or texts. */
export function readQuantity(value: unknown): bigint | undefined {
  return typeof value === "string" || typeof value === "number"
    ? parseQuantity(String(value))
    : undefined;
}

/** A quantity in whole Mi or Ki if it is so written (`binary`), else in thousandths; what is less is rounded up. */
export function formatQuantity(billionths: bigint, binary: boolean): string {
  if (binary) {
    const Mi = SUFFIXES["Mi"] ?? UNIT;
    return `${(billionths + Mi - 1n) / Mi}Mi`;
  }
  const milli = (billionths + 999_999n) / 1_000_000n;
  return milli % 1000n === 0n ? `${milli / 1000n}` : `${milli}m`;
}
