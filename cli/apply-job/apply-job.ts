import type { KubernetesObject } from "../../events/change.ts";
import { getObject, listObjects } from "../../adapters/kubernetes/api/objects.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { compareJob } from "../../adapters/kubernetes/remediation/compare-job.ts";
import { toAppliedName } from "../../core/actions/applyJob/applied-name.ts";
import { toApplyOperations } from "../../core/actions/applyJob/apply-operations.ts";
import {
  decideApply,
  type ApplyDecision,
  type ApplyPolicy,
  type RunningPolicy,
} from "../../core/actions/applyJob/decide-apply.ts";
import { toJobUids, toPodsOf } from "../../core/actions/applyJob/left-pods.ts";
import { isKubemendError } from "../../core/errors.ts";
import { describeAddress } from "../../core/operations/describe-operation.ts";
import type { JobDifference } from "../../core/operations/job-comparison.ts";
import type { FieldChange, ObjectAddress } from "../../core/operations/operation.ts";
import { carryOut, changeInPlace, type CarryOutOptions } from "./carry-out.ts";
import type { WrittenJob } from "./read-jobs.ts";
import { waitUntil } from "./wait-until.ts";

export type ApplyOptions = CarryOutOptions & {
  readonly policy: ApplyPolicy;
  readonly running: RunningPolicy;
  readonly managed: "refuse" | "act";
};

/** The result, or in a dry run the result that there would be. */
export type Applied = {
  readonly outcome: "created" | "recreated" | "changed" | "unchanged" | "left" | "refused";
  /** Of the Job that exists now; absent in a dry run that would create it. */
  readonly uid?: string | undefined;
  readonly code?: string;
  readonly message?: string;
  /** The fields that were changed in place. */
  readonly changes?: readonly FieldChange[];
  /** The differences that only a new Job could have. */
  readonly differences: readonly JobDifference[];
};

type Found = {
  readonly live: KubernetesObject | null;
  readonly differences: readonly JobDifference[];
};

/** How often another writer may be quicker. */
const ATTEMPTS_MAX = 4;

export function toTarget(
  { name, manifest }: WrittenJob,
  namespace: string,
  policy: ApplyPolicy,
): ObjectAddress {
  const own = policy === "newName" ? toAppliedName(name, manifest) : name;
  return { group: "batch", version: "v1", resource: "jobs", kind: "Job", namespace, name: own };
}

/**
 * Makes a Job be as it is written, by the same decision as the action applyJob. It has no record and needs none: whatever it was
 * interrupted at, applying the same again continues. Throws if the API server refuses a request.
 */
export async function applyJob(
  client: KubernetesClient,
  job: WrittenJob,
  target: ObjectAddress,
  options: ApplyOptions,
  signal: AbortSignal,
): Promise<Applied> {
  for (let attempt = 1; ; attempt += 1) {
    const ask = (): Promise<Found & { readonly decision: ApplyDecision }> =>
      decide(client, { job, target }, options, signal);
    let found = await ask();
    if (found.decision.outcome === "wait" && !options.dryRun) {
      const wait = async (): Promise<string | undefined> => {
        found = await ask();
        return found.decision.outcome === "wait" ? found.decision.message : undefined;
      };
      await waitUntil(wait, options, signal);
    }
    try {
      const applied = await carryOutDecision(client, { job, target }, found, options, signal);
      return { differences: found.differences, ...applied };
    } catch (error) {
      if (!isOvertaken(error) || attempt >= ATTEMPTS_MAX) throw error;
      // The next attempt looks at the present state.
    }
  }
}

/** Somebody else has created, changed or deleted it meanwhile. */
function isOvertaken(error: unknown): boolean {
  return (
    isKubemendError(error, "AlreadyExists") ||
    isKubemendError(error, "Conflict") ||
    isKubemendError(error, "PreconditionFailed")
  );
}

async function decide(
  client: KubernetesClient,
  { job, target }: { readonly job: WrittenJob; readonly target: ObjectAddress },
  options: ApplyOptions,
  signal: AbortSignal,
): Promise<Found & { readonly decision: ApplyDecision }> {
  const { manifest } = job;
  const live = await getObject(client, target, signal);
  const isLeaving = live?.metadata["deletionTimestamp"] !== undefined;
  const differences =
    live === null || isLeaving ? [] : await compareJob(client, { live, target, manifest }, signal);
  const { policy, running, managed } = options;
  const decision = decideApply({
    policy,
    running,
    managed,
    manifest,
    live,
    differences: differences.map(({ path }) => path),
    what: describeAddress(target),
    toAdvice: (parameter, value) => `use --${parameter} ${value}`,
  });
  return { live, differences, decision };
}

async function carryOutDecision(
  client: KubernetesClient,
  { job, target }: { readonly job: WrittenJob; readonly target: ObjectAddress },
  { live, decision }: Found & { readonly decision: ApplyDecision },
  options: ApplyOptions,
  signal: AbortSignal,
): Promise<Omit<Applied, "differences">> {
  const uid = live?.metadata.uid;
  switch (decision.outcome) {
    case "wait":
    case "refused":
      return { outcome: "refused", uid, code: decision.code, message: decision.message };
    case "unchanged":
    case "left":
      return { outcome: decision.outcome, uid, message: decision.message };
    case "patch": {
      const { changes } = decision;
      await changeInPlace(client, { target, uid: decision.uid, changes }, options, signal);
      return { outcome: "changed", uid, changes };
    }
    case "create":
    case "createWhenGone":
    case "recreate": {
      const isAlone = decision.outcome === "create" && options.policy === "recreate";
      const left = isAlone ? await findLeft(client, target, signal) : [];
      const { manifest } = job;
      const input = { target, manifest, decision, left, annotations: {} };
      const made = await carryOut(client, toApplyOperations(input), options, signal);
      return { outcome: decision.outcome === "create" ? "created" : "recreated", uid: made };
    }
  }
}

/** Jobs of this name that somebody has deleted, and whose Pods still exist. */
async function findLeft(
  client: KubernetesClient,
  job: ObjectAddress,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { target, ...options } = toPodsOf(job);
  return toJobUids(await listObjects(client, target, options, signal));
}
