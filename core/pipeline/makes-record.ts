import { isRemediation } from "../actions/registry.ts";
import type { Rule } from "./pipeline.ts";

/** Whether a match of a rule makes a record: the rule changes the cluster, or it waits, and a wait must be kept somewhere. */
export function makesRecord({ then, forMs, at }: Pick<Rule, "then" | "forMs" | "at">): boolean {
  return isRemediation(then) || forMs !== undefined || at !== undefined;
}
