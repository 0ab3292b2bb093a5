import type { TargetCollection } from "../../operations/fan-out.ts";
import { findResource } from "../../references/find-resource.ts";
import { ok, refuse, type Result } from "../../result.ts";
import type { ActionState } from "../contract/action.ts";
import { toActingCatalog, toCluster, toNotServed } from "../contract/cluster.ts";
import type { RuleValue } from "../contract/rule-value.ts";
import type { Refusal } from "../contract/target.ts";
import { toText } from "../contract/text-values.ts";
import { toTargetResourceNames, type TargetsParameter } from "./targets-parameter.ts";

const ALL_NAMESPACES = "*";

/** The collections that the targets are in. Refused with NotServed, NamespaceMissing or NoText. */
export function findCollections(
  targets: TargetsParameter,
  state: ActionState<unknown>,
): Result<readonly TargetCollection[], Refusal> {
  const collections: TargetCollection[] = [];
  for (const resource of toTargetResourceNames(targets)) {
    const found = toCollection(resource, targets, state);
    if (!found.ok) return found;
    collections.push(found.value);
  }
  return ok(collections);
}

function toCollection(
  name: string,
  targets: TargetsParameter,
  state: ActionState<unknown>,
): Result<TargetCollection, Refusal> {
  const { trigger, evaluate } = state;
  const entry = findResource(toActingCatalog(state), name);
  if (entry === undefined) return refuse(toNotServed(state, name));
  const { group, version, resource, kind, namespaced } = entry;
  const selection = "select" in targets ? targets.select : undefined;
  const texts: Record<string, string> = {};
  for (const key of ["namespace", "labelSelector", "fieldSelector"] as const) {
    const written: RuleValue<string> | undefined = selection?.[key];
    if (written === undefined) continue;
    const text = toText(written, key, evaluate);
    if (!text.ok) return text;
    // An empty selector selects everything, which no rule means.
    if (text.value === "") return refuse({ code: "NoText", message: `${key} would be empty` });
    texts[key] = text.value;
  }
  const { namespace: wanted = trigger.namespace, ...selectors } = texts;
  if (namespaced && wanted === null) {
    const message = `${trigger.kind} ${trigger.name} has no namespace: write that of the ${name} into the rule, or "*" for all of them`;
    return refuse({ code: "NamespaceMissing", message });
  }
  const namespace = namespaced && wanted !== ALL_NAMESPACES ? wanted : null;
  const cluster = toCluster(targets);
  return ok({ group, version, resource, kind, namespace, ...cluster, ...selectors });
}
