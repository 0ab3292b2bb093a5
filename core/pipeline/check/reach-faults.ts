import { builtinCatalog } from "../../references/builtin.ts";
import { findResource } from "../../references/find-resource.ts";
import type { Rule } from "../pipeline.ts";
import { SYSTEM_NAMESPACES } from "../system-namespaces.ts";
import type { Fault } from "./parameters/fault.ts";

const NAME = /^[a-z0-9](?:[-a-z0-9.:]{0,251}[a-z0-9])?$/;

/** A name that no API server accepts. */
export function findNameFault({
  namespace,
  name,
}: Readonly<Record<string, unknown>>): Fault | undefined {
  const wrong = [name, namespace].find((one) => typeof one === "string" && !NAME.test(one));
  if (wrong === undefined) return undefined;
  return {
    message: `${JSON.stringify(wrong)} cannot be the name of an object`,
    hint: "names are lower-case letters, digits, - and .; an object is named in the rule itself, not by a template",
  };
}

/** An object that a rule names: `isNamespaced` undefined if only the cluster knows. */
export type NamedObject = {
  readonly namespace?: unknown;
  readonly name?: unknown;
  readonly isNamespaced: boolean | undefined;
  /** How the rule names its namespace, if the trigger has none. */
  readonly way: string;
};

/** An object in a namespace that is not the trigger's, or in none, without a reach that includes it. */
export function findReachFault(
  { on, reach }: Rule,
  { namespace, name, isNamespaced, way }: NamedObject,
): Fault | undefined {
  if (isNamespaced === false) {
    if (reach === "cluster") return undefined;
    const message = `${String(name)} is in no namespace, and so beyond the reach of this rule`;
    return { message, hint: "write reach: cluster" };
  }
  const isClusterScoped = findResource(builtinCatalog(), on.resource)?.namespaced === false;
  if (typeof namespace !== "string") {
    return isClusterScoped && isNamespaced === true
      ? {
          message: `${on.resource} have no namespace, so that of ${String(name)} must be named`,
          hint: way,
        }
      : undefined;
  }
  const isOwn = on.namespaces?.length === 1 && on.namespaces[0] === namespace;
  if (isOwn) return undefined;
  if (reach === "cluster") {
    if (!SYSTEM_NAMESPACES.includes(namespace)) return undefined;
    const message = `a rule acts in ${namespace} only if reach names it`;
    return { message, hint: `write reach: [${namespace}]` };
  }
  if (reach?.includes(namespace) === true) return undefined;
  const all = [...(reach ?? []), namespace].join(", ");
  return {
    message: `the namespace ${namespace} is not within the reach of this rule, which is the trigger's own namespace${reach === undefined ? "" : ` and ${reach.join(", ")}`}`,
    hint: `write reach: [${all}]${isClusterScoped ? "" : `, or watch that namespace alone: on: { namespaces: [${namespace}] }`}`,
  };
}
