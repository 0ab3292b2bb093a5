import { findFunctions } from "./registry/registry.ts";
import { findZone } from "./library/times.ts";
import { beginMeter } from "./values/meter.ts";
import { Failure } from "./values/failure.ts";
import { isInt } from "./values/value.ts";
import type { Expr, Node } from "./syntax/tree.ts";

/** Functions of a text that fail for some texts, whatever the object is. */
const CONVERSIONS = new Set([
  "bool",
  "cidr",
  "double",
  "duration",
  "int",
  "ip",
  "quantity",
  "semver",
  "timestamp",
  "uint",
  "url",
]);
/** `getHours("Europe/Berlin")` and the like. */
const ZONED =
  /^get(?:FullYear|Month|Date|DayOfMonth|DayOfWeek|DayOfYear|Hours|Minutes|Seconds|Milliseconds)$/;

/**
 * The fault of a constant that a function refuses: a duration, a time, a zone, a quantity, a version, an address. It would fail on
 * every object, so it is reported when the expression is compiled.
 */
export function findConstantFault({
  name,
  target,
  args,
}: Node<"call">): { readonly message: string; readonly offset: number } | undefined {
  const [first] = args;
  if (first === undefined) return undefined;
  if (name === "format" && target !== undefined) return findFormatFault(target, first);
  const failure =
    target === undefined
      ? CONVERSIONS.has(name)
        ? convert(name, args)
        : undefined
      : ZONED.test(name) && isText(first)
        ? readZone(first.value)
        : undefined;
  if (failure === undefined) return undefined;
  const hint = isText(first) ? suggestConstant(name, first.value) : undefined;
  const message = hint === undefined ? failure.message : `${failure.message}: ${hint}`;
  return { message, offset: first.offset };
}

/** A text with fewer clauses than values. */
function findFormatFault(
  template: Expr,
  values: Expr,
): { readonly message: string; readonly offset: number } | undefined {
  if (!isText(template) || values.type !== "list") return undefined;
  const clauses = template.value.replaceAll("%%", "").split("%").length - 1;
  const { items, offset } = values;
  if (items.length <= clauses) return undefined;
  const counted = clauses === 1 ? "1 clause" : `${clauses} clauses`;
  return { message: `format has ${counted}, but ${items.length} values`, offset };
}

function isText(expr: Expr): expr is Node<"constant"> & { readonly value: string } {
  return expr.type === "constant" && typeof expr.value === "string";
}

function convert(name: string, args: readonly Expr[]): Failure | undefined {
  const values = args.flatMap((arg) => (arg.type === "constant" ? [arg.value] : []));
  const [value = null] = values;
  if (name === "duration" && isInt(value)) {
    return new Failure(`a duration that is written is a text: duration("${value}s")`);
  }
  if (values.length < args.length) return undefined;
  beginMeter();
  for (const { counts, run } of findFunctions(name)) {
    const result = counts.includes(values.length) ? run(...values) : undefined;
    if (result instanceof Failure) return result;
  }
  return undefined;
}

function readZone(zone: string): Failure | undefined {
  beginMeter();
  const found = findZone(zone);
  return found instanceof Failure ? found : undefined;
}

const HOURS: Readonly<Record<string, number>> = {
  d: 24,
  day: 24,
  days: 24,
  w: 168,
  week: 168,
  weeks: 168,
};
const WORDS: Readonly<Record<string, string>> = {
  second: "s",
  sec: "s",
  minute: "m",
  min: "m",
  hour: "h",
};

/** The text that was probably meant; undefined if that is not clear. */
function suggestConstant(name: string, text: string): string | undefined {
  if (name === "duration") return suggestDuration(text.trim());
  if (name === "timestamp" && /^\d{4}-\d\d-\d\d$/.test(text))
    return `${text}T00:00:00Z is the beginning of that day`;
  if (name === "int" && /^0x[0-9a-f]+$/i.test(text)) return `0x1f without quotes is a number`;
  const suffix = /^(?<number>[\d.]+)\s*(?<unit>[kKmMgGtTpP])[iI]?[bB]$/.exec(text)?.groups;
  if (name === "quantity" && suffix !== undefined) {
    const unit = (suffix["unit"] ?? "").toUpperCase();
    return `${suffix["number"]}${unit}i is in powers of 1024, ${suffix["number"]}${unit === "K" ? "k" : unit} in powers of 1000`;
  }
  if (name === "semver" && /^v?\d+(?:\.\d+){0,2}$/.test(text))
    return "semver(text, true) takes this form too";
  return undefined;
}

function suggestDuration(text: string): string | undefined {
  const { number, unit = "" } = /^(?<number>\d+)\s*(?<unit>[a-z]*)$/i.exec(text)?.groups ?? {};
  if (number === undefined) return "its units are h, m, s, ms, us and ns";
  const hours = HOURS[unit.toLowerCase()];
  if (hours !== undefined)
    return `there is no unit for days, "${Number(number) * hours}h" is the same`;
  const word = WORDS[unit.toLowerCase().replace(/s$/, "")];
  if (word !== undefined) return `it is written "${number}${word}"`;
  return unit === "" ? `"${number}s" is in seconds` : "its units are h, m, s, ms, us and ns";
}
