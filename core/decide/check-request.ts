import type { RemediationRecord } from "../../events/remediation.ts";
import type { RequestData } from "../../events/request.ts";
import { makesRecord } from "../pipeline/makes-record.ts";
import { findMirror } from "../pipeline/mirror-rule.ts";
import type { Pipeline, Rule } from "../pipeline/pipeline.ts";
import { toResourceName } from "../references/resource-name.ts";
import { findNamespaceFault } from "./selection.ts";

/** Begins the episode of a request that a person made: `kubemend trigger`. No rule derives such a key. */
export const MANUAL_KEY_PREFIX = "manual/";

/** Whether a person has asked for a record. */
export function isManual({ spec }: Pick<RemediationRecord, "spec">): boolean {
  return spec.onceKey.startsWith(MANUAL_KEY_PREFIX);
}

export type CheckedRequest =
  | { readonly outcome: "rule"; readonly rule: Rule; readonly isManual: boolean }
  /** This pipeline has no such rule. */
  | { readonly outcome: "unknownRule"; readonly message: string }
  /** Not what the rule asks for, although its digest says that it is this very rule. */
  | { readonly outcome: "forged"; readonly message: string }
  /** Another version of the rule asked for it, and this one does not. */
  | { readonly outcome: "superseded"; readonly message: string };

/**
 * Compares a request with the function's own rule, which alone decides: a request is a hint. Of a rule with the same digest, everything
 * that the rule fixes must agree. A request with another digest comes from another version of the rule (functions are being upgraded):
 * its mode and episode are derived again, and what this version would not have asked for is superseded. A manual request names its object and its episode itself, so it must be signed.
 */
export function checkRequest(
  data: RequestData,
  pipeline: Pipeline,
  isSigned: boolean,
): CheckedRequest {
  const rule = pipeline.rules.find(({ id }) => id === data.rule.id);
  if (rule === undefined) {
    return { outcome: "unknownRule", message: `the pipeline has no rule ${data.rule.id}` };
  }
  const isManual = data.onceKey.startsWith(MANUAL_KEY_PREFIX);
  if (isManual && !isSigned) {
    const message =
      "a manual request must be signed with a key that this function knows (KUBEMEND_SIGNING_KEYS)";
    return { outcome: "forged", message };
  }
  const fault = findFault(data, rule, isManual);
  if (fault !== undefined) {
    const isSameVersion = data.rule.digest === rule.digest || !isOfResource(data, rule);
    const message = `the request is not one of rule ${rule.id}: ${fault}`;
    return { outcome: isSameVersion ? "forged" : "superseded", message };
  }
  const isDryRun = isManual && data.mode === "dryRun";
  return {
    outcome: "rule",
    rule: isDryRun ? { ...rule, mode: "dryRun", modes: undefined } : rule,
    isManual,
  };
}

function findFault(data: RequestData, rule: Rule, isManual: boolean): string | undefined {
  if (!isOfResource(data, rule)) {
    return `it is about ${toResourceName(data.trigger)}, not ${rule.on.resource}`;
  }
  if (findMirror(rule) !== undefined) return "the rule mirrors, so nothing is requested by it";
  const hasOwnMode = data.mode === rule.mode || data.rule.digest !== rule.digest;
  if (isManual) return hasOwnMode || data.mode === "dryRun" ? undefined : toModeFault(data, rule);
  if (!hasOwnMode) return toModeFault(data, rule);
  if (!makesRecord(rule)) return "the rule only alerts, so nothing is requested by it";
  return findChangeFault(data, rule) ?? findNamespaceFault(rule.on, data.trigger.namespace);
}

function isOfResource({ trigger }: RequestData, { on }: Rule): boolean {
  return toResourceName(trigger) === on.resource;
}

function toModeFault({ mode }: RequestData, rule: Rule): string {
  return `its mode is ${mode}, and the rule's is ${rule.mode}`;
}

/** A deletion may be requested of any rule if it replaced a state that was never sent: see `ifGone`. */
function findChangeFault({ change }: RequestData, { on }: Rule): string | undefined {
  if ((change.kind === "deleted" && change.unsent === true) || on.changes.includes(change.kind))
    return undefined;
  return `its change is ${change.kind}, and the rule is about ${on.changes.join(", ")}`;
}
