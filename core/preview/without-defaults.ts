import { toCanonicalJson } from "../json/canonical-json.ts";
import { isObject } from "../json/read-json.ts";

/**
 * Fields that the API server writes into every Pod template, with the values that it gives them. A new object is the same with them and
 * without them, and without them people see what matters.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
const DEFAULTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    dnsPolicy: "ClusterFirst",
    resources: {},
    schedulerName: "default-scheduler",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  }).map(([key, value]) => [key, toCanonicalJson(value)]),
);

/** An object that is created, without the defaults of its Pod template, which it has if it was copied from a live object. */
export function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, below]) =>
      isDefault(key, below) ? [] : [[key, withoutDefaults(below)]],
    ),
  );
}

function isDefault(key: string, value: unknown): boolean {
  const text = DEFAULTS.get(key);
  return text !== undefined && text === toCanonicalJson(value);
}
