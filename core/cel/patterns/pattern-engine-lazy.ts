/*
 * Replaces pattern-engine.ts in the bundles of the functions, where `#pattern-engine` is this file: a cold start loads the 50 KB
 * of the engine only if a rule has a pattern.
 */
import type { RE2JS } from "@bufbuild/re2";

let engine: typeof RE2JS | undefined;

export function compileRe2(source: string): RE2JS {
  if (engine === undefined) throw new Error("the engine of regular expressions is not loaded");
  return engine.compile(source);
}

export async function loadPatternEngine(): Promise<void> {
  engine ??= (await import("@bufbuild/re2")).RE2JS;
}
