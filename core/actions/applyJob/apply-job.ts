import * as v from "valibot";
import type { KubernetesObject } from "../../../events/change.ts";
import { toMarks } from "../../operations/change-marks.ts";
import { toCauseAnnotations } from "../../operations/loops/cause-annotations.ts";
import { describeAddress } from "../../operations/describe-operation.ts";
import type { JobManifest } from "../../operations/job-manifest.ts";
import type { ObjectAddress, WriteOperation } from "../../operations/operation.ts";
import { toApiVersion } from "../../references/api-version.ts";
import { parseDuration } from "../../text/duration.ts";
import type { Action, ActionAnswer, ActionState, Permission } from "../contract/action.ts";
import { clusterName } from "../contract/cluster.ts";
import { managedSchema, refused, withoutManagers } from "../contract/change-target.ts";
import { durationSchema } from "../contract/duration-schema.ts";
import { JOB_COMPLETE } from "../job/job-complete.ts";
import { jobParameterEntries } from "../job/job-parameters.ts";
import { findJobPlace } from "../job/job-place.ts";
import { jobTemplateSchema, type JobTemplate } from "../job/job-template.ts";
import { findTargetLoop, toCause } from "../contract/loop.ts";
import { toJob, type JobRuleParameters } from "../job/to-job.ts";
import { toAppliedName } from "./applied-name.ts";
import { toApplyOperations } from "./apply-operations.ts";
import { toJobUids, toPodsOf } from "./left-pods.ts";
import {
  APPLY_POLICIES,
  decideApply,
  RUNNING_POLICIES,
  type ApplyDecision,
  type ApplyPolicy,
  type RunningPolicy,
} from "./decide-apply.ts";

/**
 * Parameters of applyJob, beside those of every Job.
 * - `job`: the Job as it is to be; `metadata.name` is its name.
 * - `policy`: what to do if it exists and differs in what no Job can change.
 * - `running`: what to do if that Job is running: `wait` (default, at most `within`), `refuse`, or `replace`.
 * - `managed`: whether a field that another manager keeps is changed in place.
 */
export type ApplyJobParameters = JobRuleParameters & {
  readonly policy: ApplyPolicy;
  readonly running: RunningPolicy;
  readonly within?: string | undefined;
  readonly managed: "refuse" | "act";
};

type State = ActionState<ApplyJobParameters>;

/**
 * Makes a Job be as the rule says, by a policy for what no Job can change: `skip`, `recreate`, `newName` or `fail`. Refused, besides what
 * every action refuses, with JobDiffers, JobRunning, Controlled, NoContainer, NoText, TooLong and NoQuantity.
 */
export const applyJob: Action<ApplyJobParameters> = {
  name: "applyJob",
  schema: v.strictObject({
    job: v.pipe(
      jobTemplateSchema,
      v.check(
        ({ metadata }: JobTemplate) => metadata?.name !== undefined,
        "needs metadata.name, because it is compared with the Job of that name",
      ),
    ),
    policy: v.picklist(APPLY_POLICIES, `expected one of ${APPLY_POLICIES.join(", ")}`),
    running: v.optional(
      v.picklist(RUNNING_POLICIES, `expected one of ${RUNNING_POLICIES.join(", ")}`),
      "wait",
    ),
    within: v.optional(durationSchema),
    managed: managedSchema,
    cluster: clusterName,
    ...jobParameterEntries,
  }),
  remediates: true,
  expressions: [],
  permissions: toPermissions,
  next,
};

function next(state: State): ActionAnswer {
  const place = findJobPlace(state);
  if (!place.ok) return refused(place.error);
  const job = toJob(state);
  if (!job.ok) return refused(job.error);
  const manifest = job.value;
  const { policy, job: written } = state.parameters;
  const base = written.metadata?.name ?? "";
  const name = policy === "newName" ? toAppliedName(base, manifest) : base;
  const target = { ...place.value, name };
  const answer = state.observed.get("job");
  if (answer === undefined || answer.type === "list") {
    const type = policy === "skip" ? "get" : "compareJob";
    return { outcome: "read", reads: [{ type, as: "job", target, manifest }] };
  }
  const { object: live } = answer;
  const differences = answer.type === "comparison" ? answer.differences : [];
  const pods = state.observed.get("pods");
  // Also before a Job is deleted: if its Pods cannot be listed, nobody could say when a new one may be created.
  const mayReplace = policy === "recreate" && (live === null || differences.length > 0);
  if (mayReplace && pods?.type !== "list") return readPods(target);
  const left = pods?.type === "list" ? toJobUids(pods.items) : [];
  return toAnswer(state, { target, manifest, live, differences, left });
}

type Found = {
  readonly target: ObjectAddress;
  readonly manifest: JobManifest;
  readonly live: KubernetesObject | null;
  readonly differences: readonly string[];
  /** The uids of deleted Jobs of this name whose Pods still exist. */
  readonly left: readonly string[];
};

function toAnswer(state: State, found: Found): ActionAnswer {
  const { policy, running, managed, within } = state.parameters;
  const decision = decideApply({
    ...found,
    policy,
    running,
    managed,
    what: describeAddress(found.target),
    toAdvice: (parameter, value) => `set ${parameter}: ${value} in the rule`,
  });
  switch (decision.outcome) {
    case "unchanged":
    case "left":
      return { outcome: "done", message: decision.message };
    case "refused":
      return refused(decision);
    case "wait": {
      const withinMs = within === undefined ? undefined : parseDuration(within);
      const { message } = decision;
      return {
        outcome: "wait",
        reason: "JobRunning",
        message,
        ...(withinMs === undefined ? {} : { withinMs }),
      };
    }
    case "create":
    case "createWhenGone":
    case "recreate":
    case "patch": {
      const loop = found.live === null ? undefined : findTargetLoop(state, found.live);
      if (loop !== undefined) return refused(loop);
      return {
        outcome: "operations",
        operations: toOperations(state, found, decision),
        target: toJudged(found),
        check: JOB_COMPLETE,
      };
    }
  }
}

function toOperations(
  state: State,
  { target, manifest, left, live }: Found,
  decision: Extract<
    ApplyDecision,
    { readonly outcome: "create" | "createWhenGone" | "recreate" | "patch" }
  >,
): readonly WriteOperation[] {
  // A Job that takes the place of another one carries on its chain.
  const cause = toCause(state, live ?? undefined);
  if (decision.outcome !== "patch") {
    const annotations = toCauseAnnotations(cause);
    return toApplyOperations({ target, manifest, decision, left, annotations });
  }
  const { uid, changes } = decision;
  const marks = toMarks(changes, cause);
  return [{ type: "patch", name: "applyJob", target, uid, changes, marks }];
}

/** `whereTarget` is about the live Job or, if there is none, the one that would be created. */
function toJudged({ target, manifest, live }: Found): KubernetesObject {
  if (live !== null) return withoutManagers(live);
  const { namespace, name, kind } = target;
  const { labels, annotations, spec } = manifest;
  const metadata = { name, uid: "", ...(namespace === null ? {} : { namespace }) };
  return {
    apiVersion: toApiVersion(target),
    kind,
    metadata: { ...metadata, labels, annotations },
    spec,
  };
}

function readPods(job: ObjectAddress): ActionAnswer {
  return { outcome: "read", reads: [{ type: "list", as: "pods", ...toPodsOf(job) }] };
}

const JOBS = { apiGroups: ["batch"], resources: ["jobs"] };

function toPermissions({ policy }: ApplyJobParameters): readonly Permission[] {
  switch (policy) {
    case "skip":
      return [{ ...JOBS, verbs: ["create", "get"] }];
    case "newName":
    case "fail":
      return [{ ...JOBS, verbs: ["create", "get", "patch"] }];
    case "recreate":
      return [
        { ...JOBS, verbs: ["create", "delete", "get", "patch"] },
        { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
      ];
  }
}
