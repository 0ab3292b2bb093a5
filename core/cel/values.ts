import { type CelInput, type CelValue, isCelList, isCelMap, isCelUint } from "@bufbuild/cel";
import { isRawInteger, toRawInteger } from "../../events/json.ts";
import { charge } from "./meter.ts";

/** Records during one evaluation what was absent, to distinguish "no such key" from "not a map" afterwards. */
export type Absences = {
  /** Keys and indexes that were read and do not exist. */
  readonly keys: Set<string>;
  /** Keys whose value is null: their fields count as absent too. */
  readonly nulls: Set<string>;
};

/** Keys are compared up to this length, because a computed key may be as long as an object. */
export const MAX_KEY_LENGTH = 200;

/** In the library an absent field is an Error object, which costs more than a field that exists. */
const ABSENT_STEPS = 10;

function noteAbsence(absences: Absences, key: unknown): void {
  charge(ABSENT_STEPS);
  absences.keys.add(String(key).slice(0, MAX_KEY_LENGTH));
}

/** The library recognises lists and maps by these registered symbols. */
export const LIST: unique symbol = Symbol.for("@bufbuild/cel/list");
const MAP = Symbol.for("@bufbuild/cel/map");

/**
 * A view of JSON for CEL. Nothing is copied; children are wrapped when they are read. Only own properties are visible. Whole
 * numbers are CEL ints, so that arithmetic with literals works.
 */
export function toCelInput(value: unknown, absences: Absences): CelInput {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "bigint") {
    return value;
  }
  if (typeof value !== "object" || value === null) return null;
  if (isRawInteger(value)) return toCelInteger(value.rawJSON);
  return Array.isArray(value)
    ? (new JsonList(value, absences) as unknown as CelInput)
    : new JsonMap(value, absences);
}

/** An int if it fits into 64 bits, as in the CEL of Kubernetes; otherwise a double. */
function toCelInteger(digits: string): CelInput {
  const integer = BigInt(digits);
  return BigInt.asIntN(64, integer) === integer ? integer : Number(digits);
}

class JsonList {
  readonly [LIST] = {};
  readonly #items: readonly unknown[];
  readonly #absences: Absences;

  constructor(items: readonly unknown[], absences: Absences) {
    this.#items = items;
    this.#absences = absences;
  }

  get size(): number {
    return this.#items.length;
  }

  get(index: number): CelInput | undefined {
    charge(1);
    const found = Number.isInteger(index) && index >= 0 && index < this.#items.length;
    if (found) return toCelInput(this.#items[index], this.#absences);
    if (typeof index === "number") noteAbsence(this.#absences, index);
    return undefined;
  }

  *values(): Generator<CelInput> {
    charge(this.#items.length);
    for (const item of this.#items) yield toCelInput(item, this.#absences);
  }

  [Symbol.iterator](): Generator<CelInput> {
    return this.values();
  }
}

class JsonMap {
  readonly [MAP] = {};
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #absences: Absences;

  constructor(object: object, absences: Absences) {
    this.#object = object as Readonly<Record<string, unknown>>;
    this.#absences = absences;
  }

  get size(): number {
    return this.#keys().length;
  }

  get(key: unknown): CelInput | undefined {
    charge(1);
    if (typeof key === "string" && Object.hasOwn(this.#object, key)) {
      const value = this.#object[key];
      if (value === null) this.#absences.nulls.add(key.slice(0, MAX_KEY_LENGTH));
      return toCelInput(value, this.#absences);
    }
    noteAbsence(this.#absences, key);
    return undefined;
  }

  /** A null field counts as absent, as in the Kubernetes API. */
  has(key: unknown): boolean {
    return (
      typeof key === "string" &&
      Object.hasOwn(this.#object, key) &&
      this.#object[key] !== null &&
      this.#object[key] !== undefined
    );
  }

  #keys(): readonly string[] {
    const keys = Object.keys(this.#object);
    charge(keys.length);
    return keys;
  }

  forEach(callback: (value: CelInput, key: string, map: JsonMap) => void): void {
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  *entries(): Generator<[string, CelInput]> {
    for (const key of this.#keys()) {
      yield [key, toCelInput(this.#object[key], this.#absences)];
    }
  }

  *keys(): Generator<string> {
    yield* this.#keys();
  }

  *values(): Generator<CelInput> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): Generator<[string, CelInput]> {
    return this.entries();
  }
}

/** A result as JSON-like JavaScript: ints as numbers if they fit, timestamps and durations as text. */
export function toJavaScript(value: CelValue, print: (value: CelValue) => string): unknown {
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : toRawInteger(value);
  }
  if (typeof value !== "object") return value;
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (isCelUint(value)) return toJavaScript(value.value, print);
  if (isCelList(value)) return Array.from(value, (item) => toJavaScript(item, print));
  if (isCelMap(value)) {
    const entries = Array.from(value.entries(), ([key, item]): [string, unknown] => [
      isCelUint(key) ? String(key.value) : String(key),
      toJavaScript(item, print),
    ]);
    return Object.fromEntries(entries);
  }
  return print(value);
}
