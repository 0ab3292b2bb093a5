import { CONVERSIONS } from "./conversions.ts";
import { FORMAT_TEXT } from "./format-text.ts";
import { FORMAT_LIBRARY } from "./formats.ts";
import type { CelFunction, Library } from "./function.ts";
import { LISTS } from "./lists.ts";
import { NETWORKS } from "./networks.ts";
import { OPTIONALS } from "./optionals.ts";
import { QUANTITIES } from "./quantity.ts";
import { REGEXES } from "./regexes.ts";
import { SEMVER_ORDER, SEMVERS } from "./semver.ts";
import { TEXTS } from "./texts.ts";
import { TIMES } from "./times.ts";
import { URLS } from "./urls.ts";

const LIBRARIES: readonly Library[] = [
  CONVERSIONS,
  TIMES,
  TEXTS,
  FORMAT_TEXT,
  REGEXES,
  OPTIONALS,
  LISTS,
  QUANTITIES,
  SEMVERS,
  SEMVER_ORDER,
  NETWORKS,
  URLS,
  FORMAT_LIBRARY,
];

const FUNCTIONS: ReadonlyMap<string, readonly CelFunction[]> = collect();

function collect(): ReadonlyMap<string, readonly CelFunction[]> {
  const found = new Map<string, readonly CelFunction[]>();
  for (const library of LIBRARIES) {
    for (const [name, one] of Object.entries(library)) {
      found.set(name, [...(found.get(name) ?? []), one]);
    }
  }
  return found;
}

/** `orValue` and `or` are methods too, although the planner evaluates them. */
const LAZY = [".or", ".orValue"];

/** All functions of this name, a method's with a dot before it: those of texts, of lists and so on. Empty if there are none. */
export function findFunctions(name: string): readonly CelFunction[] {
  return FUNCTIONS.get(name) ?? [];
}

/** The names of all functions and, with a dot before them, of all methods. */
export function listFunctions(): readonly string[] {
  return [...FUNCTIONS.keys(), ...LAZY];
}
