import type { FoundReference } from "../../../events/reference.ts";
import { findResource } from "../../references/find-resource.ts";
import { ok, refuse, type Result } from "../../result.ts";
import type { ActionState } from "../contract/action.ts";
import { toActingCatalog, toNotServed } from "../contract/cluster.ts";
import type { ObjectAddress } from "../../operations/operation.ts";
import { selectReference, type ReferenceSelector } from "../contract/select-reference.ts";
import type { CreateJobFromCronJobParameters } from "./parameters.ts";

/** The address of the CronJob, with its `uid` if the trigger's reference states one. */
export type CronJobAddress = ObjectAddress & { readonly uid?: string | undefined };

export type Refusal = { readonly code: string; readonly message: string };

/**
 * Finds the address of the CronJob that the parameters mean, without reading it. A reference that is missing, unresolved,
 * ambiguous or of another kind is refused with its reason and candidates; it is never guessed. Whether the rule may act there
 * is not checked here: `core/decide/authority.ts` is applied to every action before anything is read.
 */
export function toCronJobAddress(
  state: ActionState<CreateJobFromCronJobParameters>,
): Result<CronJobAddress, Refusal> {
  const cronJob = toWritten(state);
  if (cronJob === "owner") return toReferenced(state, pickOwner(state.references), "Owner");
  if (cronJob === "trigger") return toTrigger(state);
  return "relation" in cronJob
    ? toReferenced(state, cronJob, "Reference")
    : toNamed(state, cronJob);
}

type Written = Exclude<CreateJobFromCronJobParameters["cronJob"], { readonly cluster: string }>;

/** The CronJob that is meant, or whose twin is. */
export function toWritten({
  parameters: { cronJob },
  trigger,
}: ActionState<CreateJobFromCronJobParameters>): Written {
  if (typeof cronJob === "string" || "relation" in cronJob || "name" in cronJob) return cronJob;
  return isCronJobResource(trigger) ? "trigger" : "owner";
}

function isCronJobResource({ group, resource }: ObjectAddress): boolean {
  return group === "batch" && resource === "cronjobs";
}

function toTrigger({
  trigger,
}: ActionState<CreateJobFromCronJobParameters>): Result<CronJobAddress, Refusal> {
  const { group, version, resource, kind, namespace, name, uid } = trigger;
  if (isCronJobResource(trigger)) {
    return ok({ group, version, resource, kind, namespace, name, uid });
  }
  const message = `cronJob: trigger is for rules on cronjobs.batch, and the trigger is ${kind} ${name}`;
  return refuse({ code: "TriggerNotCronJob", message });
}

function toReferenced(
  state: ActionState<CreateJobFromCronJobParameters>,
  selector: ReferenceSelector,
  prefix: "Owner" | "Reference",
): Result<CronJobAddress, Refusal> {
  const trigger = `${state.trigger.kind} ${state.trigger.name}`;
  const selected = selectReference(state.references, selector, trigger);
  if (!selected.ok) {
    const { reason, message } = selected.error;
    const isOwnerless = prefix === "Owner" && reason === "Missing";
    const advice = `${trigger} has no owner: name the CronJob in the rule, cronJob: {name: ...}`;
    return refuse({ code: `${prefix}${reason}`, message: isOwnerless ? advice : message });
  }
  const { field, relation, result } = selected.value;
  const [group, version] = splitApiVersion(result.apiVersion);
  if (group !== "batch" || result.kind !== "CronJob") {
    return refuse({
      code: `${prefix}NotCronJob`,
      message: `${field} of ${trigger} is ${result.kind} ${result.name} (${result.apiVersion}), not a CronJob`,
    });
  }
  const { resource, namespace, uid } = result;
  // The API server requires a uid in an owner reference but accepts any text. Without a real one the owner cannot be confirmed.
  if (uid === undefined && (relation === "owner" || relation === "controller")) {
    return refuse({
      code: `${prefix}Unconfirmed`,
      message: `${field} of ${trigger} has no uid by which CronJob ${result.name} could be confirmed: a uid is a UUID, as the API server sets it`,
    });
  }
  return ok({ group, version, resource, kind: result.kind, namespace, name: result.name, uid });
}

function toNamed(
  state: ActionState<CreateJobFromCronJobParameters>,
  cronJob: { readonly namespace?: string | undefined; readonly name: string },
): Result<CronJobAddress, Refusal> {
  const { trigger } = state;
  const namespace = cronJob.namespace ?? trigger.namespace;
  if (namespace === null) {
    return refuse({
      code: "NamespaceMissing",
      message: `${trigger.kind} ${trigger.name} has no namespace: name the CronJob's in the rule`,
    });
  }
  const entry = findResource(toActingCatalog(state), "cronjobs.batch");
  if (entry === undefined) return refuse(toNotServed(state, "cronjobs.batch"));
  const { group, version, resource, kind } = entry;
  return ok({ group, version, resource, kind, namespace, name: cronJob.name });
}

/** The controller, if there is one, of any kind; else the CronJob among several owners; else the only owner. */
function pickOwner(references: readonly FoundReference[]): ReferenceSelector {
  if (references.some(({ relation }) => relation === "controller")) {
    return { relation: "controller" };
  }
  const owners = references.filter(({ relation }) => relation === "owner");
  return owners.length > 1 && owners.some(isCronJob)
    ? { relation: "owner", kind: "CronJob" }
    : { relation: "owner" };
}

function isCronJob({ result }: FoundReference): boolean {
  return result.outcome === "resolved" && result.kind === "CronJob";
}

function splitApiVersion(apiVersion: string): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}
