import {
  CelScalar,
  celEnv,
  celError,
  celFunc,
  celMethod,
  isCelList,
  isCelMap,
  listType,
  type CelEnv,
  type CelFunc,
  type CelValue,
} from "@bufbuild/cel";
import { concatLists } from "./concat-lists.ts";
import { charge } from "./meter.ts";
import { compilePattern } from "./patterns.ts";

/** Charges for the iterations of a macro, given its range and the cost of one, see macro-cost.ts. No source can call it, as `@` is not a letter. */
export const CHARGE_ITERATIONS = "@charge";

/** Characters that a function compares, copies or counts in one step. */
const CHARACTERS_A_STEP = 32;
/** Named time zones are computed by Intl, about 300 µs per call. */
const TIME_ZONE_STEPS = 1_500;
/** No number is longer, and the time to read digits is quadratic. */
const MAX_NUMBER_LENGTH = 400;
/** Up to this length a search is linear; above it the worst text costs the product of both lengths, 0.5 ns each. */
const SHORT_NEEDLE = 250;

const { BOOL, DYN, INT, STRING } = CelScalar;
const LIST = listType(DYN);
const NUMBER_READERS: ReadonlySet<string> = new Set(["int", "uint", "double"]);
const TIME_ZONE_TAKERS =
  /^get(?:FullYear|Month|Date|DayOfMonth|DayOfWeek|DayOfYear|Hours|Minutes|Seconds|Milliseconds)$/;

/** The standard functions, each charging by the size of its arguments, and replacements for those that are not linear. */
export function createMeteredEnv(): CelEnv {
  const standard = [...celEnv().funcs].map((func) => meter(func));
  return celEnv({ funcs: [...standard, ...REPLACEMENTS] });
}

function meter(func: CelFunc): CelFunc {
  const readsNumber = NUMBER_READERS.has(func.name);
  const zonedSteps = func.arguments.length === 1 && isZoned(func) ? TIME_ZONE_STEPS : 0;
  return {
    ...symbolsOf(func),
    id: func.id,
    name: func.name,
    target: func.target,
    arguments: func.arguments,
    result: func.result,
    call(id, target, args) {
      if (readsNumber && toLength(args[0]) > MAX_NUMBER_LENGTH) {
        return celError("a text this long is not a number", id);
      }
      const result = func.call(id, target, args);
      // Only the overload that fits charges.
      if (result !== undefined) {
        let characters = toLength(target);
        for (const arg of args) characters += toLength(arg);
        charge(1 + Math.ceil(characters / CHARACTERS_A_STEP) + zonedSteps);
      }
      return result;
    },
  };
}

/** The library recognises its functions by a symbol that it does not export. */
function symbolsOf(func: CelFunc): Pick<CelFunc, keyof CelFunc & symbol> {
  const symbols = Object.getOwnPropertySymbols(func).map((symbol) => [symbol, {}]);
  return Object.fromEntries(symbols) as Pick<CelFunc, keyof CelFunc & symbol>;
}

function isZoned({ name }: CelFunc): boolean {
  return TIME_ZONE_TAKERS.test(name);
}

function toLength(value: CelValue | undefined): number {
  return typeof value === "string" || value instanceof Uint8Array ? value.length : 0;
}

const REPLACEMENTS: readonly CelFunc[] = [
  celFunc(CHARGE_ITERATIONS, [DYN, INT], DYN, (range, cost) => {
    if (isCelList(range) || isCelMap(range)) charge(1 + range.size * Number(cost));
    return range;
  }),
  celFunc("_+_", [LIST, LIST], LIST, (left, right) => concatLists(left, right)),
  celFunc("size", [STRING], INT, (text) => countCodePoints(text)),
  celMethod("size", STRING, [], INT, function size() {
    return countCodePoints(this);
  }),
  celMethod("contains", STRING, [STRING], BOOL, function contains(needle) {
    const product = needle.length > SHORT_NEEDLE ? (this.length * needle.length) / 400 : 0;
    charge(1 + Math.ceil(product + this.length / CHARACTERS_A_STEP));
    return this.includes(needle);
  }),
  celMethod("matches", STRING, [STRING], BOOL, function matches(source) {
    const pattern = compilePattern(source);
    if (!pattern.ok) throw new RangeError(pattern.error);
    return pattern.value.test(this);
  }),
];

/** Counts a pair of surrogates as one. */
function countCodePoints(text: string): bigint {
  charge(1 + Math.ceil(text.length / CHARACTERS_A_STEP));
  let count = text.length;
  for (let index = 0; index < text.length; index += 1) {
    if ((text.codePointAt(index) ?? 0) > 0xff_ff) {
      count -= 1;
      index += 1;
    }
  }
  return BigInt(count);
}
