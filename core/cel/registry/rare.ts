import type { Library } from "../library/function.ts";
import { RARE_LIBRARIES } from "./rare-set.ts";

export function listRareLibraries(): readonly Library[] {
  return RARE_LIBRARIES;
}

/** To be awaited before the first expression is compiled that needs them. Only rare-lazy.ts has something to load. */
export async function loadRareLibraries(): Promise<void> {}
