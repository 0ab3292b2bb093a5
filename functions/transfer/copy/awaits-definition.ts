import type { Refusal } from "../../../core/mirror/manifest.ts";
import type { ObjectWork } from "./transfer-context.ts";

const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";

/**
 * Whether the resource that the target does not serve is to come: a rule mirrors definitions to it, and the time for which a message waits is
 * not over. A definition and its objects are often created at once, and their messages come in any order.
 */
export function awaitsDefinition(
  { rules, target, ownersUntilMs, now }: ObjectWork,
  { code }: Refusal,
): boolean {
  if (code !== "NotServed" || now() >= ownersUntilMs) return false;
  return rules.some(
    ({ rule, mirror }) =>
      rule.on.resource === DEFINITIONS && rule.mode !== "dryRun" && mirror.to.includes(target.name),
  );
}
