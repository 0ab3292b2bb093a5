import type { KubernetesObject } from "../../events/change.ts";
import type { Trigger } from "../../events/request.ts";
import { describeAddress } from "../operations/describe-operation.ts";
import type { ObjectAddress } from "../operations/operation.ts";
import type { Bindings } from "../cel/compile.ts";
import { evaluateTest } from "./condition.ts";
import type { Reach, Rule } from "../pipeline/pipeline.ts";
import { isUnnamedTarget } from "../pipeline/system-namespaces.ts";

export type AuthorityFault = { readonly code: string; readonly message: string };

/** An object, or all of a collection. */
export type AuthorityTarget = Omit<ObjectAddress, "name" | "version"> & {
  readonly name?: string | undefined;
};

/**
 * A rule may act, and read for an action, on the trigger itself and in the trigger's own namespace; anything else needs `reach`.
 * Cluster-scoped objects are in no namespace and need `reach: cluster`. A namespace of another cluster counts as the one of the same name
 * here: the rule itself has named that cluster. Undefined if the rule may act on the target.
 */
export function findReachFault(
  reach: Reach | undefined,
  trigger: Trigger,
  target: AuthorityTarget,
): AuthorityFault | undefined {
  if (reach === "cluster" || isItself(trigger, target)) return undefined;
  const { namespace } = target;
  if (namespace !== null && namespace === trigger.namespace) return undefined;
  if (namespace !== null && reach?.includes(namespace)) return undefined;
  const what = describeAddress({ ...target, name: target.name ?? "*" });
  const where =
    trigger.namespace === null
      ? `${trigger.kind} ${trigger.name} is cluster-scoped`
      : `${trigger.kind} ${trigger.name} is in namespace ${trigger.namespace}`;
  const allowing = namespace === null ? "reach: cluster" : `reach: [${namespace}]`;
  return {
    code: "OutOfReach",
    message: `${what} is out of the rule's reach: ${where}. If the rule is meant to act there, set ${allowing}`,
  };
}

/** Why a target is in a system namespace that the rule does not name: the author of `reach: cluster` may not have thought of these. */
export function findSystemFault(
  reach: Reach | undefined,
  trigger: Trigger,
  target: AuthorityTarget,
): AuthorityFault | undefined {
  const { namespace } = target;
  if (!isUnnamedTarget(reach, trigger, namespace)) return undefined;
  const what = describeAddress({ ...target, name: target.name ?? "*" });
  const message = `${what} is left alone: a rule acts in ${namespace} only if reach names it. If the rule is meant to act there, name all namespaces that it reaches: reach: [${namespace}, ...]`;
  return { code: "SystemNamespace", message };
}

function isItself(trigger: Trigger, target: AuthorityTarget): boolean {
  return (
    target.cluster === undefined &&
    target.name === trigger.name &&
    target.namespace === trigger.namespace &&
    target.resource === trigger.resource &&
    target.group === trigger.group
  );
}

/**
 * Evaluates `whereTarget` on the live object that would be acted upon: `object` is that object, `references` are its references.
 * Unknown counts as false: nothing is done to an object that cannot be judged.
 */
export function findTargetFault(
  rule: Pick<Rule, "whereTarget">,
  target: KubernetesObject | undefined,
  bindings: (target: KubernetesObject) => Bindings,
): AuthorityFault | undefined {
  if (rule.whereTarget === undefined) return undefined;
  if (target === undefined) {
    const message = "whereTarget: the action does not name the object that it acts upon";
    return { code: "RuleError", message };
  }
  const name = `${target.kind} ${target.metadata.name}`;
  const answer = evaluateTest("whereTarget", rule.whereTarget, bindings(target));
  switch (answer.outcome) {
    case "holds":
      return undefined;
    case "fails":
      return { code: "TargetRefused", message: `whereTarget is false for ${name}` };
    case "unknown": {
      const message = `whereTarget reads ${answer.path} of ${name}, which is not there`;
      return { code: "TargetUnknown", message };
    }
    case "error":
      return { code: "RuleError", message: answer.message };
  }
}
