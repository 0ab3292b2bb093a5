import type { FoundReference } from "../../../events/reference.ts";
import { findResource } from "../../references/find-resource.ts";
import { ok, refuse, type Result } from "../../result.ts";
import type { ActionState } from "../action.ts";
import type { ObjectAddress } from "../operation.ts";
import type { CreateJobFromCronJobParameters } from "./parameters.ts";

/** Where the CronJob is; `uid` where the trigger's owner reference says which one it was. */
export type CronJobAddress = ObjectAddress & { readonly uid?: string | undefined };

export type Refusal = { readonly code: string; readonly message: string };

/**
 * Finds the CronJob that the parameters mean, without reading it. An owner reference that is missing, unresolved or of
 * another kind is refused with its reason and candidates; it is never guessed.
 */
export function toCronJobAddress(
  state: ActionState<CreateJobFromCronJobParameters>,
): Result<CronJobAddress, Refusal> {
  const { cronJob } = state.parameters;
  return cronJob === "owner" ? toOwner(state) : toNamed(state, cronJob);
}

function toOwner(
  state: ActionState<CreateJobFromCronJobParameters>,
): Result<CronJobAddress, Refusal> {
  const { kind, name } = state.trigger;
  const owner = pickOwner(state.references);
  if (owner === undefined) {
    return refuse({
      code: "OwnerMissing",
      message: `${kind} ${name} has no owner: name the CronJob in the rule, cronJob: {name: ...}`,
    });
  }
  const { result } = owner;
  if (result.outcome === "unresolved") {
    const candidates = result.candidates.length === 0 ? "none" : result.candidates.join(", ");
    return refuse({
      code: "OwnerUnresolved",
      message: `${owner.field} of ${kind} ${name} cannot be resolved: ${result.reason} (candidates: ${candidates})`,
    });
  }
  const [group, version] = splitApiVersion(result.apiVersion);
  if (group !== "batch" || result.kind !== "CronJob") {
    return refuse({
      code: "OwnerNotCronJob",
      message: `${kind} ${name} is owned by ${result.kind} ${result.name} (${result.apiVersion}), not by a CronJob`,
    });
  }
  const { resource, namespace, uid } = result;
  return ok({ group, version, resource, kind: result.kind, namespace, name: result.name, uid });
}

function toNamed(
  state: ActionState<CreateJobFromCronJobParameters>,
  cronJob: { readonly namespace?: string | undefined; readonly name: string },
): Result<CronJobAddress, Refusal> {
  const { trigger, catalog } = state;
  const namespace = cronJob.namespace ?? trigger.namespace;
  if (namespace === null) {
    return refuse({
      code: "NamespaceMissing",
      message: `${trigger.kind} ${trigger.name} has no namespace: name the CronJob's in the rule`,
    });
  }
  if (namespace !== trigger.namespace) {
    return refuse({
      code: "OutOfReach",
      message: `CronJob ${namespace}/${cronJob.name} is not in the namespace of ${trigger.kind} ${trigger.name}`,
    });
  }
  const entry = findResource(catalog, "cronjobs.batch");
  if (entry === undefined) return refuse(toNotServed("cronjobs.batch"));
  const { group, version, resource, kind } = entry;
  return ok({ group, version, resource, kind, namespace, name: cronJob.name });
}

export function toNotServed(resource: string): Refusal {
  return { code: "NotServed", message: `the cluster does not serve ${resource}` };
}

/** The controller; else the first CronJob among the owners; else the first owner, whose fault is then told. */
function pickOwner(references: readonly FoundReference[]): FoundReference | undefined {
  const owners = references.filter((found) => found.field.startsWith("metadata.ownerReferences["));
  return (
    owners.find((found) => found.relation === "controller") ??
    owners.find(({ result }) => result.outcome === "resolved" && result.kind === "CronJob") ??
    owners[0]
  );
}

function splitApiVersion(apiVersion: string): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}
