const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
/** Between two digits, or behind `0x`. */
const UNDERSCORES = /(?<=[0-9a-fA-F]|0[xX])_(?=[0-9a-fA-F])/g;
const HEXADECIMAL =
  /^(?<sign>[-+]?)0[xX](?<whole>[0-9a-fA-F]*)\.?(?<fraction>[0-9a-fA-F]*)[pP](?<exponent>[-+]?\d+)$/;
const WORD = /^(?<sign>[-+]?)(?:inf|infinity)$/i;

/**
 * A number as Go reads it; undefined if it is none, or too large. An empty text, spaces and `0x1f` are none.
 * @see https://pkg.go.dev/strconv#ParseFloat
 */
export function parseDouble(written: string): number | undefined {
  const text = written.replaceAll(UNDERSCORES, "");
  if (DECIMAL.test(text)) {
    const number = Number(text);
    return Number.isFinite(number) ? number : undefined;
  }
  if (/^[-+]?nan$/i.test(text)) return text.length === 3 ? Number.NaN : undefined;
  const word = WORD.exec(text);
  if (word !== null) return word.groups?.["sign"] === "-" ? -Infinity : Infinity;
  const { sign, whole = "", fraction = "", exponent } = HEXADECIMAL.exec(text)?.groups ?? {};
  if (exponent === undefined || whole + fraction === "") return undefined;
  const digits = Number(`0x${whole}${fraction}`);
  const number = digits * 2 ** (Number(exponent) - 4 * fraction.length);
  return Number.isFinite(number) ? number * (sign === "-" ? -1 : 1) : undefined;
}

/** A number as Go's `%g` writes it: `0.5`, `1e+06`, `+Inf`. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", power = ""] = value.toExponential().split("e");
  const exponent = Number(power);
  return exponent < -4 || exponent >= 6 ? `${mantissa}e${toExponent(exponent)}` : String(value);
}

/** At least two digits, with a sign. */
export function toExponent(exponent: number): string {
  return `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
