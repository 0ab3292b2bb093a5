import type { Action } from "../contract/action.ts";

export { RARE_ACTIONS } from "./rare-set.ts";

/** To be awaited before the first pipeline is parsed that has one. Only rare-lazy.ts has something to load. */
export async function loadRareActions(): Promise<Readonly<Record<string, Action<unknown>>>> {
  return {};
}
