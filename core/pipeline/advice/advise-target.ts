import { REFERENCE_RELATIONS } from "../../../events/reference.ts";
import { isObject } from "../../json/read-json.ts";
import { builtinCatalog } from "../../references/builtin.ts";
import { toResourceName } from "../../references/resource-name.ts";
import { toRelation } from "./relation-name.ts";
import type { Advice, Situation } from "./advice.ts";

/** Objects that an action acts upon, as they are written in kubectl, in owner references and in selectors. */
export function adviseTarget({ issue, key, value }: Situation): Advice {
  const { path } = issue;
  const holder = path.at(issue.at === "key" || path.at(-1) === key ? -2 : -1);
  if (key === "target" && typeof value === "string") return adviseWord(value);
  if (holder === "target" && key === "kind" && issue.at === "key") return adviseKind(value);
  if ((holder === "target" || holder === "cronJob") && key === "name" && isObject(value)) {
    return {
      message: "the name of an object is written in the rule itself, and has no expressions",
      hint: "an object that the trigger names is reached by a reference, such as the Node of a Pod: { relation: node }",
    };
  }
  if (holder === "target" && key === "resource" && value === undefined) {
    return { hint: "write the resource of that object, such as resource: deployments.apps" };
  }
  return adviseTargets(key, holder, issue.at === "key");
}

/** `owner`, `deployments/web` or `web` where fields belong. */
function adviseWord(written: string): Advice {
  const relation = toRelation(written) ?? written;
  if ((REFERENCE_RELATIONS as readonly string[]).includes(relation)) {
    return { hint: `write target: { relation: ${relation} }` };
  }
  const [resource = "", name, ...others] = written.split("/");
  if (name !== undefined && others.length === 0) {
    return { hint: `write target: { resource: ${toPlural(resource)}, name: ${name} }` };
  }
  return {
    hint: "write trigger, a reference { relation: owner }, or an object { resource: deployments.apps, name: web }",
  };
}

function adviseKind(kind: unknown): Advice {
  if (typeof kind !== "string") return undefined;
  return {
    message: "an object is named by its resource",
    hint: `write resource: ${toPlural(kind)}`,
  };
}

/** The resource of a kind, a short name or a plural; as it is written if there is none. */
function toPlural(written: string): string {
  const folded = written.toLowerCase();
  const found = builtinCatalog().entries.find(
    ({ kind, resource }) => kind.toLowerCase() === folded || resource === folded,
  );
  return found === undefined ? written : toResourceName(found);
}

const OF_SELECT = new Set(["resource", "labelSelector", "fieldSelector", "namespace", "where"]);

function adviseTargets(key: string, holder: unknown, isUnknown: boolean): Advice {
  if (key === "atMost" && !isUnknown) {
    return {
      hint: "write the most objects that it may act upon, such as atMost: 10: if there are more, nothing is done",
    };
  }
  if (holder !== "targets" || !isUnknown) return undefined;
  if (key === "name" || key === "relation" || key === "index") {
    return { hint: "one object is written as target: { ... }" };
  }
  return OF_SELECT.has(key)
    ? {
        hint: `${key} stands inside select: targets: { select: { resource: ..., ${key === "resource" ? "..." : `${key}: ...`} }, atMost: ... }; of referrers, whereTarget is the condition`,
      }
    : undefined;
}
