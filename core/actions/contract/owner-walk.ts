import type { ResourceType } from "../../../events/change.ts";
import type { FoundReference } from "../../../events/reference.ts";
import { describeAddress } from "../../operations/describe-operation.ts";
import type { ReadOperation } from "../../operations/operation.ts";
import { findReferences } from "../../references/find-references.ts";
import { toResourceName } from "../../references/resource-name.ts";
import { ok, refuse, type Result } from "../../result.ts";
import type { ActionState, Permission, TargetKinds } from "./action.ts";
import { selectReference } from "./select-reference.ts";
import {
  toReferencedAddress,
  toTargetResources,
  type Refusal,
  type TargetAddress,
  type TargetParameter,
} from "./target.ts";

/** The controller of an object's Pods, if it is not the object itself. */
const BETWEEN: Readonly<Record<string, string>> = {
  "deployments.apps": "replicasets.apps",
  "cronjobs.batch": "jobs.batch",
};

export type OwnerWalk =
  | Result<TargetAddress, Refusal>
  | { readonly reads: readonly ReadOperation[] };

/**
 * The owner that a Pod has through its controller: the Deployment of its ReplicaSet, the CronJob of its Job. Each is confirmed live by the
 * uid that the one below states. Undefined if the target does not ask for it, or the Pod's own controller is of the wanted kind.
 * Refused with TargetNotFound, TargetReplaced, TargetKind, ReferenceUnconfirmed and as `selectReference` says.
 */
export function walkToOwner(
  state: ActionState<unknown>,
  target: TargetParameter,
  of: TargetKinds,
): OwnerWalk | undefined {
  const { trigger, references, observed, catalog } = state;
  if (!asksForOwner(target, trigger)) return undefined;
  const wanted = toTargetResources(target, of, trigger).map(toResourceName);
  const direct = references.find(({ relation }) => relation === "controller")?.result;
  if (direct?.outcome !== "resolved") return undefined;
  const { uid, ...below } = toReferencedAddress(direct);
  const name = toResourceName(below);
  if (wanted.includes(name) || !wanted.some((one) => BETWEEN[one] === name)) return undefined;
  const answer = observed.get("between");
  if (answer?.type !== "object") {
    return { reads: [{ type: "get", as: "between", target: below, orMetadata: true }] };
  }
  const { object } = answer;
  const what = describeAddress(below);
  if (object === null) {
    return refuse({ code: "TargetNotFound", message: `${what} does not exist` });
  }
  if (uid === undefined) return refuse(toUnconfirmed(`${trigger.kind} ${trigger.name}`, what));
  if (uid !== object.metadata.uid) {
    const message = `${what} is not the one that ${trigger.kind} ${trigger.name} refers to: it was deleted and created again`;
    return refuse({ code: "TargetReplaced", message });
  }
  return toOwner(findReferences(object, catalog), wanted, what);
}

function toOwner(
  references: readonly FoundReference[],
  wanted: readonly string[],
  of: string,
): Result<TargetAddress, Refusal> {
  const selected = selectReference(references, { relation: "controller" }, of);
  if (!selected.ok) {
    const { reason, message } = selected.error;
    return refuse({ code: `Reference${reason}`, message });
  }
  const owner = toReferencedAddress(selected.value.result);
  if (!wanted.includes(toResourceName(owner))) {
    const message = `${of} is controlled by ${describeAddress(owner)}, and the target must be one of: ${wanted.join(", ")}`;
    return refuse({ code: "TargetKind", message });
  }
  return owner.uid === undefined ? refuse(toUnconfirmed(of, describeAddress(owner))) : ok(owner);
}

/** The right to read what lies between a Pod and the target. */
export function toWalkPermissions(
  target: TargetParameter,
  of: TargetKinds,
  on: ResourceType,
): readonly Permission[] {
  if (!asksForOwner(target, on)) return [];
  const between = toTargetResources(target, of, on).map((one) => BETWEEN[toResourceName(one)]);
  return between.flatMap((name) => {
    const [resource = "", group = ""] = name?.split(".") ?? [];
    return name === undefined
      ? []
      : [{ apiGroups: [group], resources: [resource], verbs: ["get"] }];
  });
}

function asksForOwner(
  target: TargetParameter,
  on: Pick<ResourceType, "group" | "resource">,
): boolean {
  if (typeof target === "string" || !("relation" in target) || target.index !== undefined)
    return false;
  return target.relation === "owner" && toResourceName(on) === "pods";
}

function toUnconfirmed(of: string, owner: string): Refusal {
  const message = `the owner reference of ${of} has no uid by which ${owner} could be confirmed: a uid is a UUID, as the API server sets it`;
  return { code: "ReferenceUnconfirmed", message };
}
