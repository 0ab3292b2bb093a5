import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import type { Trigger } from "../../events/request.ts";
import { isRemediation } from "../actions/registry.ts";
import { hasMirror } from "./mirror-rule.ts";
import type { Reach, Rule } from "./pipeline.ts";

/**
 * Namespaces without which the cluster, or Kubemend itself, does not work: a rule remediates there only if it names them.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces
 */
export const SYSTEM_NAMESPACES: readonly string[] = [
  "kube-system",
  "kube-public",
  "kube-node-lease",
  DEFAULT_RECORD_NAMESPACE,
];

/**
 * Why a rule that remediates or mirrors leaves the objects of a namespace alone; undefined if it does not. A rule that only alerts sees all objects, and
 * objects without a namespace are not concerned.
 */
export function findUnnamedSystem(
  { on, then }: Pick<Rule, "on" | "then">,
  namespace: string | null,
): string | undefined {
  if (namespace === null || !SYSTEM_NAMESPACES.includes(namespace)) return undefined;
  if (on.namespaces?.includes(namespace) === true) return undefined;
  if (isRemediation(then)) {
    return `a rule remediates in ${namespace} only if on.namespaces names it`;
  }
  if (!hasMirror({ then })) return undefined;
  return `a rule mirrors objects of ${namespace} only if on.namespaces names it`;
}

/** Whether a rule must not act upon the objects of a namespace, because it names it nowhere. It has named its trigger's own namespace. */
export function isUnnamedTarget(
  reach: Reach | undefined,
  trigger: Pick<Trigger, "namespace">,
  namespace: string | null,
): boolean {
  if (namespace === null || namespace === trigger.namespace) return false;
  const isNamed = reach !== "cluster" && reach?.includes(namespace) === true;
  return SYSTEM_NAMESPACES.includes(namespace) && !isNamed;
}
