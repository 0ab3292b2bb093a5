import { listRareLibraries } from "#rare-functions";
import { CONVERSIONS } from "../library/conversions.ts";
import type { CelFunction, Library } from "../library/function.ts";
import { LISTS } from "../library/lists.ts";
import { OPTIONALS } from "../library/optionals.ts";
import { REGEXES } from "../library/regexes.ts";
import { TEXTS } from "../library/texts.ts";
import { TIMES } from "../library/times.ts";

const COMMON_LIBRARIES: readonly Library[] = [CONVERSIONS, TIMES, TEXTS, REGEXES, OPTIONALS, LISTS];

/**
 * Matches every text that uses a function of the rare libraries, and some that do not. In the bundles of the functions they are
 * loaded only for such a text.
 */
export const RARE_NAMES: RegExp = /quantity|\bsign\b|semver|\bip\b|isIP|cidr|url|format/i;

type Functions = ReadonlyMap<string, readonly CelFunction[]>;

let collected: { readonly rare: readonly Library[]; readonly functions: Functions } | undefined;

/** Collected again when the rare libraries have been loaded. */
function allFunctions(): Functions {
  const rare = listRareLibraries();
  if (collected?.rare !== rare) {
    collected = { rare, functions: collect([...COMMON_LIBRARIES, ...rare]) };
  }
  return collected.functions;
}

function collect(libraries: readonly Library[]): Functions {
  const found = new Map<string, readonly CelFunction[]>();
  for (const library of libraries) {
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
  return allFunctions().get(name) ?? [];
}

/** The names of all functions and, with a dot before them, of all methods. */
export function listFunctions(): readonly string[] {
  return [...allFunctions().keys(), ...LAZY];
}
