import { RE2JS } from "@bufbuild/re2";

/** Compiles a regular expression in RE2 syntax. Throws if it is not valid. */
export function compileRe2(source: string): RE2JS {
  return RE2JS.compile(source);
}

/** To be awaited before the first pattern is compiled. Only pattern-engine-lazy.ts has something to load. */
export async function loadPatternEngine(): Promise<void> {}
