import { DEFAULT_RECEIVER } from "../../../events/alert.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { Route } from "../../../core/pipeline/route.ts";

/**
 * Who gets the alerts of a rule that name no receiver, in words: the receivers of the routes that can take them. What an alert says when it
 * is sent, such as its severity, decides between them.
 */
export function describeRouted(
  { receivers, route = [] }: Pick<Pipeline, "receivers" | "route">,
  rule: string,
): string {
  if (receivers === undefined) return "the log of notify";
  const routes = route.filter(({ when }) => when?.rule?.includes(rule) !== false);
  const last = routes.findIndex((one) => takesAll(one, rule) && !one.continue);
  const asked = last === -1 ? routes : routes.slice(0, last + 1);
  const names = asked.flatMap(({ to }) => to);
  const found = [...new Set([...names, ...(last === -1 ? [DEFAULT_RECEIVER] : [])])];
  const [only, ...others] = found;
  return others.length === 0 ? String(only) : `${found.join(" or ")}, as the routes say`;
}

/** Whether it takes every alert of the rule. */
function takesAll({ when = {} }: Route, rule: string): boolean {
  const { rule: rules, ...others } = when;
  return Object.values(others).every((one) => one === undefined) && rules?.includes(rule) !== false;
}
