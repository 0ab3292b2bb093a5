import * as v from "valibot";
import type { ResourceType } from "../../../events/change.ts";
import type { ResolvedReference } from "../../../events/reference.ts";
import { findResource } from "../../references/find-resource.ts";
import { toResourceName } from "../../references/resource-name.ts";
import { ok, refuse, type Result } from "../../result.ts";
import type { ObjectAddress } from "../../operations/operation.ts";
import type { ActionState, Permission, TargetKinds } from "./action.ts";
import { clusterName, toActingCatalog, toCluster, toNotServed } from "./cluster.ts";
import { selectReference, referenceEntries, type ReferenceSelector } from "./select-reference.ts";

/**
 * The object that an action changes: the trigger (`trigger`), a reference of the trigger (`{relation, kind?, index?}`; of a Pod also the
 * owner of its owner), or one that the rule names (`{resource, name, namespace?}`; without a namespace that of the trigger). `resource` says what a reference must be; it is
 * left out where the action knows it. With `cluster` it is the twin of that object in another cluster of the pipeline: the object of the
 * same name and namespace; `{cluster}` alone is the twin of the trigger.
 */
export type TargetParameter =
  | "trigger"
  | (ReferenceSelector & {
      readonly resource?: string | undefined;
      readonly cluster?: string | undefined;
    })
  | {
      readonly resource?: string | undefined;
      readonly name: string;
      readonly namespace?: string | undefined;
      readonly cluster?: string | undefined;
    }
  | TriggerTwin;

/** The twin of the trigger in another cluster. */
type TriggerTwin = { readonly cluster: string };

export type TargetAddress = ObjectAddress & { readonly uid?: string | undefined };

export type Refusal = { readonly code: string; readonly message: string };

const text = v.pipe(v.string(), v.nonEmpty("expected a name"));
/** The schema of a resource as rules name it. */
export const anyResource: v.GenericSchema<unknown, string> = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, "expected a resource such as deployments.apps"),
);

/** The schema of `target`. The resource must be written if the action cannot know it, because rights are derived from it. */
export function targetSchema(of: TargetKinds): v.GenericSchema<unknown, TargetParameter> {
  const names = Object.keys(of.kinds);
  const resource = of.others
    ? anyResource
    : v.picklist(names, `expected one of ${names.join(", ")}`);
  const ofReference = names.length === 0 ? resource : v.optional(resource);
  const ofName = names.length === 1 && !of.others ? v.optional(resource) : resource;
  return v.optional(
    v.union(
      [
        v.literal("trigger"),
        v.strictObject({ ...referenceEntries, resource: ofReference, cluster: clusterName }),
        v.strictObject({
          resource: ofName,
          name: text,
          namespace: v.optional(text),
          cluster: clusterName,
        }),
        v.strictObject({ cluster: v.nonOptional(clusterName) }),
      ],
      names.length === 0
        ? "expected trigger, {relation, resource, kind?, index?, cluster?}, {resource, name, namespace?, cluster?} or {cluster}"
        : "expected trigger, {relation, kind?, index?, cluster?}, {resource, name, namespace?, cluster?} or {cluster}",
    ),
    "trigger",
  ) as v.GenericSchema<unknown, TargetParameter>;
}

/** The resources that the target may be of: rights are needed for these, and for no others. */
export function toTargetResources(
  target: TargetParameter,
  of: TargetKinds,
  on: Pick<ResourceType, "group" | "resource">,
): readonly { readonly group: string; readonly resource: string }[] {
  if (isTriggers(target)) return [{ group: on.group, resource: on.resource }];
  if (target.resource !== undefined) return [toGroupResource(target.resource)];
  const wanted = "relation" in target ? target.kind : undefined;
  return Object.entries(of.kinds)
    .filter(([, kind]) => wanted === undefined || wanted === kind)
    .map(([name]) => toGroupResource(name));
}

/** Whether the target is the trigger, or its twin. */
export function isTriggers(target: TargetParameter): target is "trigger" | TriggerTwin {
  return target === "trigger" || !("relation" in target || "name" in target);
}

/** Rights on the target or, with a subresource, on that. */
export function toTargetPermissions(
  resources: ReturnType<typeof toTargetResources>,
  verbs: readonly string[],
  subresource = "",
): readonly Permission[] {
  return resources.map(({ group, resource }) => ({
    apiGroups: [group],
    resources: [`${resource}${subresource}`],
    verbs,
  }));
}

/** `deployments.apps` as a group and a resource. */
export function toGroupResource(name: string): {
  readonly group: string;
  readonly resource: string;
} {
  const [resource = "", ...group] = name.split(".");
  return { group: group.join("."), resource };
}

/**
 * The address of the target, or of the object whose twin it is, without reading it. Refused with ReferenceMissing, ReferenceUnresolved, ReferenceAmbiguous, TargetKind,
 * NotServed or NamespaceMissing. Whether the rule may act there is not checked here: `core/decide/authority.ts` is applied to every read
 * and write.
 */
export function findTarget(
  state: ActionState<unknown>,
  target: TargetParameter,
  of: TargetKinds,
): Result<TargetAddress, Refusal> {
  const found = isTriggers(target)
    ? ok(toTrigger(state))
    : "relation" in target
      ? toReferenced(state, target)
      : toNamed(state, target, of);
  if (!found.ok) return found;
  const name = toResourceName(found.value);
  const wanted = isTriggers(target) ? undefined : target.resource;
  const isMeant =
    wanted === undefined ? of.others || Object.hasOwn(of.kinds, name) : wanted === name;
  if (isMeant) return found;
  const kinds = wanted ?? Object.values(of.kinds).join(", ");
  const message = `the target is ${found.value.kind} ${found.value.name}, and it must be one of: ${kinds}`;
  return refuse({ code: "TargetKind", message });
}

function toTrigger({ trigger }: ActionState<unknown>): TargetAddress {
  const { group, version, resource, kind, namespace, name, uid } = trigger;
  return { group, version, resource, kind, namespace, name, uid };
}

function toReferenced(
  { references, trigger }: ActionState<unknown>,
  { relation, kind, index }: ReferenceSelector,
): Result<TargetAddress, Refusal> {
  const about = `${trigger.kind} ${trigger.name}`;
  const selected = selectReference(references, { relation, kind, index }, about);
  if (!selected.ok) {
    const { reason, message } = selected.error;
    return refuse({ code: `Reference${reason}`, message });
  }
  return ok(toReferencedAddress(selected.value.result));
}

/** The address of what a reference was resolved to. */
export function toReferencedAddress(result: ResolvedReference): TargetAddress {
  const { apiVersion, resource, kind, namespace, name, uid } = result;
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  return { group, version, resource, kind, namespace, name, uid };
}

function toNamed(
  state: ActionState<unknown>,
  target: Extract<TargetParameter, { readonly name: string }>,
  { kinds }: TargetKinds,
): Result<TargetAddress, Refusal> {
  const { trigger } = state;
  const resourceName = target.resource ?? Object.keys(kinds)[0] ?? "";
  const entry = findResource(toActingCatalog(state), resourceName);
  if (entry === undefined) return refuse(toNotServed(state, resourceName));
  const { group, version, resource, kind, namespaced } = entry;
  const { name } = target;
  const namespace = namespaced ? (target.namespace ?? trigger.namespace) : null;
  if (namespaced && namespace === null) {
    const message = `${trigger.kind} ${trigger.name} has no namespace: write that of ${kind} ${name} into the rule`;
    return refuse({ code: "NamespaceMissing", message });
  }
  return ok({ group, version, resource, kind, namespace, name, ...toCluster(target) });
}
