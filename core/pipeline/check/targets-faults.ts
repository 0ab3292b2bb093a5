import { readField, readList } from "../../json/read-json.ts";
import { USED_KINDS } from "../../actions/targets/uses-object.ts";
import { parseResourceName } from "../parse/parse-resource-name.ts";
import type { Rule } from "../pipeline.ts";
import type { Fault } from "./parameters/fault.ts";
import { findReachFault } from "./reach-faults.ts";

/** Why an action on many targets would be refused for every object that the rule can match; undefined if nothing speaks against it. */
export function findTargetsFault(rule: Rule, targets: unknown): Fault | undefined {
  const referrers = readList(readField(targets, "referrers"));
  const select = readField(targets, "select");
  const { resource: on } = rule.on;
  if (referrers.length > 0 && !Object.hasOwn(USED_KINDS, on)) {
    const used = Object.keys(USED_KINDS).join(", ");
    return {
      message: `no Pod template uses ${on}, so they have no referrers`,
      hint: `on.resource is one of ${used}, or write targets: { select: ... }`,
    };
  }
  const names = select === undefined ? referrers : [readField(select, "resource")];
  for (const name of names) {
    if (typeof name !== "string") continue;
    const known = parseResourceName(name);
    if (!known.ok) return { message: known.error.message, hint: known.error.hint ?? NAME_FORM };
    const fault = findPlaceFault(rule, name, readField(select, "namespace"), known.value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const NAME_FORM = "a resource is named <plural>.<group>, or <plural> alone for core resources";

function findPlaceFault(
  rule: Rule,
  resource: string,
  namespace: unknown,
  known: { readonly namespaced: boolean } | undefined,
): Fault | undefined {
  if (namespace === "*" || known?.namespaced === false) {
    if (rule.reach === "cluster") return undefined;
    const where = namespace === "*" ? "in all namespaces" : "in no namespace";
    const message = `the ${resource} are ${where}, and so beyond the reach of this rule`;
    return { message, hint: "write reach: cluster" };
  }
  if (namespace !== undefined && typeof namespace !== "string") return undefined;
  return findReachFault(rule, {
    namespace,
    name: `the ${resource}`,
    isNamespaced: known?.namespaced,
    way: `write select: { resource: ${resource}, namespace: <namespace> }, and reach: [<namespace>]; or namespace: "*", and reach: cluster`,
  });
}
