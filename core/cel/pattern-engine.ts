import { RE2JS } from "@bufbuild/re2";

/** The engine of regular expressions. Throws for what is no pattern of its syntax. */
export function compileRe2(source: string): RE2JS {
  return RE2JS.compile(source);
}

/** To be awaited before the first pattern. Here there is nothing to wait for; see pattern-engine-lazy.ts. */
export async function loadPatternEngine(): Promise<void> {}
