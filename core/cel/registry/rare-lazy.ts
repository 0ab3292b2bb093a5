/*
 * Replaces rare.ts in the bundles of the functions, where `#rare-functions` is this file: a cold start loads these libraries only
 * if a rule uses one.
 */
import type { Library } from "../library/function.ts";

let libraries: readonly Library[] = [];

export function listRareLibraries(): readonly Library[] {
  return libraries;
}

export async function loadRareLibraries(): Promise<void> {
  libraries = (await import("./rare-set.ts")).RARE_LIBRARIES;
}
