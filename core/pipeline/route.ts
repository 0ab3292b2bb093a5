import { DEFAULT_RECEIVER, type AlertData, type AlertSeverity } from "../../events/alert.ts";
import { toSeverity } from "../severity.ts";
import { matchesLabels, parseLabelSelector } from "./label-selector.ts";

/** The alerts that a route takes: those that satisfy every condition that it has. */
export type RouteCondition = {
  readonly severity?: readonly AlertSeverity[] | undefined;
  /** Ids of rules. */
  readonly rule?: readonly string[] | undefined;
  /** The namespace of the trigger. */
  readonly namespace?: readonly string[] | undefined;
  /** Labels of the alert, with these values. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** A label selector for the trigger's namespace. */
  readonly namespaceLabels?: string | undefined;
};

/** To whom the alerts go whose rule names no receiver. */
export type Route = {
  /** Absent: all alerts. */
  readonly when?: RouteCondition | undefined;
  /** Names of receivers. */
  readonly to: readonly string[];
  /** The routes after it are asked too. */
  readonly continue: boolean;
};

export type Labels = Readonly<Record<string, string>>;

/**
 * The receivers of an alert, each once, in the order of the routes: the one that its rule names, or those of the first route that takes it,
 * and of the next ones as long as each says `continue`. If no route takes it, it is for the receiver `default`.
 *
 * @param namespaceLabels asked only if a route needs them; undefined: not known, and then such a route takes nothing.
 */
export async function findReceivers(
  data: AlertData,
  routes: readonly Route[],
  namespaceLabels: () => Promise<Labels | undefined>,
): Promise<readonly string[]> {
  if (data.to !== DEFAULT_RECEIVER) return [data.to];
  const found = new Set<string>();
  for (const route of routes) {
    if (!(await takes(route.when ?? {}, data, namespaceLabels))) continue;
    for (const name of route.to) found.add(name);
    if (!route.continue) break;
  }
  return found.size === 0 ? [DEFAULT_RECEIVER] : [...found];
}

async function takes(
  when: RouteCondition,
  data: AlertData,
  namespaceLabels: () => Promise<Labels | undefined>,
): Promise<boolean> {
  const { severity, rule, namespace, labels, namespaceLabels: selector } = when;
  if (severity?.includes(toSeverity(data)) === false) return false;
  if (rule?.includes(data.rule.id) === false) return false;
  if (namespace?.includes(data.trigger.namespace ?? "") === false) return false;
  if (!hasLabels(data.labels ?? {}, labels ?? {})) return false;
  if (selector === undefined) return true;
  const parsed = parseLabelSelector(selector);
  if (!parsed.ok || data.trigger.namespace === null) return false;
  const known = await namespaceLabels();
  return known !== undefined && matchesLabels(parsed.value, known);
}

function hasLabels(own: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => Object.hasOwn(own, name) && own[name] === value,
  );
}

/** Whether a route asks for the labels of namespaces, which functions then may read. */
export function readsNamespaceLabels(routes: readonly Route[] = []): boolean {
  return routes.some(({ when }) => when?.namespaceLabels !== undefined);
}
