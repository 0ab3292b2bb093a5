import type { KubernetesObject } from "../../../events/change.ts";
import { findResource } from "../../references/find-resource.ts";
import type { CatalogEntry } from "../../references/catalog.ts";
import type { Action, ActionAnswer, ActionState, Permission } from "../contract/action.ts";
import { toActingCatalog, toNotServed, toTwin } from "../contract/cluster.ts";
import { walkToOwner, type OwnerWalk } from "../contract/owner-walk.ts";
import { readField } from "../../json/read-json.ts";
import { describeAddress } from "../../operations/describe-operation.ts";
import { findLoop } from "../contract/loop.ts";
import { judgeRuns } from "./concurrent-runs.ts";
import { toJobChanges } from "../job/job-changes.ts";
import { JOB_COMPLETE } from "../job/job-complete.ts";
import { toCreateOperation } from "./create-operation.ts";
import {
  toCronJobAddress,
  toWritten,
  type CronJobAddress,
  type Refusal,
} from "./cron-job-address.ts";
import { createJobFromCronJobSchema, type CreateJobFromCronJobParameters } from "./parameters.ts";

const CRON_JOBS = { kinds: { "cronjobs.batch": "CronJob" }, others: false };

type State = ActionState<CreateJobFromCronJobParameters>;

/**
 * Runs a CronJob once more, now: it creates a Job from the template, under a name derived from the record, so that there is
 * only one.
 *
 * Refused with LoopDepth, OwnerMissing, OwnerUnresolved, OwnerAmbiguous, OwnerNotCronJob, OwnerUnconfirmed (the same codes begin
 * with Reference if the rule names another reference than the owner), TriggerNotCronJob, NamespaceMissing, NotServed, CronJobNotFound,
 * CronJobReplaced, CronJobTerminating, Suspended, and with ConcurrentRun if the rule says so. By default a CronJob's own
 * concurrencyPolicy holds: with Forbid and Replace it waits until the active run has ended.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
export const createJobFromCronJob: Action<CreateJobFromCronJobParameters> = {
  name: "createJobFromCronJob",
  schema: createJobFromCronJobSchema,
  remediates: true,
  expressions: [],
  permissions: toPermissions,
  next,
};

function next(state: State): ActionAnswer {
  const loop = findLoop(state);
  if (loop !== undefined) return refused(loop);
  const found = findThroughJob(state) ?? toCronJobAddress(state);
  if ("reads" in found) return { outcome: "read", reads: found.reads };
  const address = found.ok ? toTwin(state, found.value) : found;
  if (!address.ok) return refused(address.error);
  const job = findResource(toActingCatalog(state), "jobs.batch");
  if (job === undefined) return refused(toNotServed(state, "jobs.batch"));
  return withCronJob(state, address.value, job);
}

/** The CronJob of a Pod's Job. */
function findThroughJob(state: State): OwnerWalk | undefined {
  const cronJob = toWritten(state);
  const target = cronJob === "owner" ? ({ relation: "owner" } as const) : cronJob;
  return walkToOwner(state, target, CRON_JOBS);
}

function withCronJob(state: State, address: CronJobAddress, job: CatalogEntry): ActionAnswer {
  const answer = state.observed.get("cronJob");
  if (answer?.type !== "object") {
    return {
      outcome: "read",
      reads: [{ type: "get", as: "cronJob", target: address, mayShare: true }],
    };
  }
  const cronJob = answer.object;
  if (cronJob === null) {
    return refused({ code: "CronJobNotFound", message: `${describe(address)} does not exist` });
  }
  const problem = findProblem(state, address, cronJob);
  if (problem !== undefined) return refused(problem);
  const runs = judgeRuns(state, cronJob, address, job);
  if (runs.outcome !== "clear") return runs;
  const wanted = toJobChanges(
    readField(cronJob, "spec", "jobTemplate"),
    `CronJob ${cronJob.metadata.name}`,
    state.parameters,
    state.evaluate,
  );
  if (!wanted.ok) return refused(wanted.error);
  return {
    outcome: "operations",
    operations: [
      ...runs.before,
      toCreateOperation({ state, address, cronJob, job, wanted: wanted.value }),
    ],
    // The answer may lack apiVersion and kind; they are those of the address that was read.
    target: { ...cronJob, apiVersion: `${address.group}/${address.version}`, kind: address.kind },
    check: JOB_COMPLETE,
  };
}

function findProblem(
  state: State,
  address: CronJobAddress,
  cronJob: KubernetesObject,
): Refusal | undefined {
  const name = describe(address);
  if (address.uid !== undefined && address.uid !== "" && address.uid !== cronJob.metadata.uid) {
    return {
      code: "CronJobReplaced",
      message: `${name} is not the one that ${describeTrigger(state)} refers to: it was deleted and created again`,
    };
  }
  if (readField(cronJob, "metadata", "deletionTimestamp") !== undefined) {
    return { code: "CronJobTerminating", message: `${name} is being deleted` };
  }
  if (state.parameters.suspend === "honour" && readField(cronJob, "spec", "suspend") === true) {
    return {
      code: "Suspended",
      message: `${name} is suspended: resume it, or set suspend: ignore in the rule`,
    };
  }
  return undefined;
}

function describe(address: CronJobAddress): string {
  return describeAddress({ ...address, kind: "CronJob" });
}

function describeTrigger({ trigger }: State): string {
  return `${trigger.kind} ${trigger.name}`;
}

function refused(refusal: Refusal): ActionAnswer {
  return { outcome: "refused", ...refusal };
}

function toPermissions(parameters: CreateJobFromCronJobParameters): readonly Permission[] {
  const { concurrencyPolicy, owner } = parameters;
  const mayReplace = concurrencyPolicy === "replace";
  const verbs = [
    "create",
    ...(mayReplace ? ["delete"] : []),
    "get",
    ...(concurrencyPolicy === "ignore" ? [] : ["list"]),
  ];
  const own: Permission[] = [
    { apiGroups: ["batch"], resources: ["cronjobs"], verbs: ["get"] },
    { apiGroups: ["batch"], resources: ["jobs"], verbs },
  ];
  if (owner !== "controller") return own;
  // blockOwnerDeletion requires it if the admission plugin OwnerReferencesPermissionEnforcement is enabled.
  return [...own, { apiGroups: ["batch"], resources: ["cronjobs/finalizers"], verbs: ["update"] }];
}
