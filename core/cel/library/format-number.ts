import { Double, type Value } from "../values/value.ts";
import { toExponent } from "./numbers.ts";

const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Infinity,
  "-Infinity": -Infinity,
};

/** `%f` or `%e` of a double, or of the text of one that is no number; undefined for any other value. */
export function formatPoint(verb: "f" | "e", precision: number, value: Value): string | undefined {
  const special = typeof value === "string" ? SPECIAL[value] : undefined;
  const number = value instanceof Double ? value.value : special;
  if (number === undefined) return undefined;
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "\u221e" : "-\u221e";
  if (verb === "f") return group(toFixed(number, precision));
  // Go's printer for English, which the API server uses here, always writes six digits.
  const [mantissa = "", exponent = ""] = number.toExponential(6).split("e");
  const power = toExponent(Number(exponent)).replace("+", "");
  return `${mantissa}\u00d710${toSuperscript(power)}`;
}

/** Digits that show whether the rest behind some places is exactly a half. */
const REST_DIGITS = 30;

/** Of two nearest numbers the even one, as in Go; JavaScript takes the larger one. */
function toFixed(number: number, places: number): string {
  // JavaScript writes an exponent from here on; all these numbers are whole.
  if (Math.abs(number) >= 1e21)
    return `${BigInt(number)}${places === 0 ? "" : `.${"0".repeat(places)}`}`;
  const exact = number.toFixed(Math.min(places + REST_DIGITS, 100));
  const [whole = "", fraction = ""] = exact.split(".");
  if (!/^50*$/.test(fraction.slice(places))) return number.toFixed(places);
  const cut = places === 0 ? whole : `${whole}.${fraction.slice(0, places)}`;
  return /[02468]$/.test(cut) ? cut : number.toFixed(places);
}

/** Thousands are grouped, as in English. */
function group(digits: string): string {
  const [whole = "", fraction] = digits.split(".");
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = { "-": "\u207b", "+": "\u207a" };
const DIGITS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";

function toSuperscript(text: string): string {
  return Array.from(text, (character) => SUPERSCRIPTS[character] ?? DIGITS[Number(character)]).join(
    "",
  );
}
