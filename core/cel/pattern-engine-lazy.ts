/*
 * The same as pattern-engine.ts for the functions' bundles, where `#pattern-engine` is this file: 50 KB that a cold start
 * reads only if a rule has a pattern.
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
