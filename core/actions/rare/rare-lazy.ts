/*
 * Replaces rare.ts in the bundles of the functions, where `#rare-actions` is this file: a cold start loads these actions only if a rule
 * has one.
 */
import type { Action } from "../contract/action.ts";

type Actions = Readonly<Record<string, Action<unknown>>>;

export const RARE_ACTIONS: Actions = {};

export async function loadRareActions(): Promise<Actions> {
  return (await import("./rare-set.ts")).RARE_ACTIONS;
}
