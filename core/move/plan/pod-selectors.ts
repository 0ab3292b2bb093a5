import { isObject, readField, readList, readOwn, readTextMap } from "../../json/read-json.ts";

/** The Pods of an object that moves: its own labels if it is a Pod, else those of its template. */
export type MovedPods = {
  /** `Deployment shop/web` */
  readonly name: string;
  readonly namespace: string | null;
  readonly labels: Readonly<Record<string, string>>;
};

/** A place of an object that selects Pods of its namespace by labels: that of a Service, a PodDisruptionBudget, a NetworkPolicy. */
export type PodSelector = {
  readonly field: string;
  readonly matches: (labels: Readonly<Record<string, string>>) => boolean;
};

/** The templates of Deployments and the like, and of CronJobs. */
const TEMPLATES = [
  ["spec", "template"],
  ["spec", "jobTemplate", "spec", "template"],
] as const;

/** The labels of the Pods of an object; undefined if it has none. Total on any JSON. */
export function readPodLabels(
  object: unknown,
  resource: string,
): Readonly<Record<string, string>> | undefined {
  if (resource === "pods") return readTextMap(readField(object, "metadata", "labels"));
  // A template of something else, such as a Machine, has no containers.
  const template = TEMPLATES.map((path) => readField(object, ...path)).find((one) =>
    Array.isArray(readField(one, "spec", "containers")),
  );
  if (template === undefined) return undefined;
  return readTextMap(readField(template, "metadata", "labels"));
}

/** The selectors of an object of any resource. Total on any JSON. */
export function findPodSelectors(object: unknown, resource: string): readonly PodSelector[] {
  return ["selector", "podSelector"].flatMap((key) => {
    const selector = readField(object, "spec", key);
    if (!isObject(selector)) return [];
    if (Object.keys(selector).length === 0 && !SELECTS_ALL.has(resource)) return [];
    return [{ field: `spec.${key}`, matches: (labels) => isSelected(selector, labels) }];
  });
}

/** An empty selector of these means all Pods of the namespace; a Service with an empty one has none. */
const SELECTS_ALL: ReadonlySet<string> = new Set([
  "networkpolicies.networking.k8s.io",
  "poddisruptionbudgets.policy",
]);

function isSelected(
  selector: Readonly<Record<string, unknown>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const isWritten = ["matchLabels", "matchExpressions"].some((key) => Object.hasOwn(selector, key));
  // That of a Service, or of a ReplicationController, is labels only.
  const equal = isWritten ? (readOwn(selector, "matchLabels") ?? {}) : selector;
  if (!isObject(equal)) return false;
  return (
    Object.entries(equal).every(([key, value]) => readOwn(labels, key) === value) &&
    readList(readOwn(selector, "matchExpressions")).every((one) => isMet(one, labels))
  );
}

function isMet(requirement: unknown, labels: Readonly<Record<string, string>>): boolean {
  const value = readOwn(labels, String(readOwn(requirement, "key")));
  const values = readList(readOwn(requirement, "values"));
  switch (readOwn(requirement, "operator")) {
    case "In":
      return values.includes(value);
    case "NotIn":
      return !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}
