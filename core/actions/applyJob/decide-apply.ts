import type { KubernetesObject } from "../../../events/change.ts";
import { toCanonicalJson } from "../../json/canonical-json.ts";
import { readField, readList } from "../../json/read-json.ts";
import { formatChangePath } from "../../operations/change-path.ts";
import { isRunningJob } from "../../operations/job-end.ts";
import { CHANGEABLE_FIELDS, type JobManifest } from "../../operations/job-manifest.ts";
import { readChangePath } from "../../operations/json-patch.ts";
import { findManager } from "../../operations/managed-fields.ts";
import type { ChangePath, FieldChange } from "../../operations/operation.ts";

/** The policy for a Job that exists and would have to be replaced to be as it is written. */
export type ApplyPolicy = "skip" | "recreate" | "newName" | "fail";
export const APPLY_POLICIES = ["skip", "recreate", "newName", "fail"] as const;

/** The policy for such a Job while it is running. */
export type RunningPolicy = "wait" | "refuse" | "replace";
export const RUNNING_POLICIES = ["wait", "refuse", "replace"] as const;

export type ApplyDecision =
  | { readonly outcome: "create" }
  /** A Job of this name is being deleted: create when it is gone. */
  | { readonly outcome: "createWhenGone"; readonly uid: string }
  | { readonly outcome: "recreate"; readonly uid: string; readonly onlyIfIdle: boolean }
  | { readonly outcome: "patch"; readonly uid: string; readonly changes: readonly FieldChange[] }
  | { readonly outcome: "unchanged" | "left"; readonly message: string }
  | { readonly outcome: "wait" | "refused"; readonly code: string; readonly message: string };

export type ApplyQuestion = {
  readonly policy: ApplyPolicy;
  readonly running: RunningPolicy;
  readonly managed: "refuse" | "act";
  readonly manifest: JobManifest;
  /** The live Job, null if there is none. */
  readonly live: KubernetesObject | null;
  /** The paths of the fields that only a new Job could have as they are written. */
  readonly differences: readonly string[];
  /** `Job data/migrate`. */
  readonly what: string;
  /** How the reader of a refusal sets a parameter: `set running: replace in the rule`. */
  readonly toAdvice: (parameter: "policy" | "running" | "managed", value: string) => string;
};

const PATHS_SHOWN = 5;

/**
 * The change that makes the Job as it is written, by the policy. Fields that the API server lets anyone change are changed in
 * place, if they are written; labels and annotations that are not written stay. An unchanged Job is not touched.
 */
export function decideApply(question: ApplyQuestion): ApplyDecision {
  const { policy, live, what, differences } = question;
  if (live === null) return { outcome: "create" };
  const { uid } = live.metadata;
  if (live.metadata["deletionTimestamp"] !== undefined) {
    if (policy === "recreate") return { outcome: "createWhenGone", uid };
    const message = `${what} is being deleted: wait until it is gone, or ${question.toAdvice("policy", "recreate")}, which waits`;
    return { outcome: "refused", code: "TargetTerminating", message };
  }
  if (policy === "skip") {
    return { outcome: "left", message: `${what} exists and is left as it is (policy: skip)` };
  }
  if (differences.length > 0) return decideFixed(question, live);
  return decideChangeable(question, live);
}

/** Only a new Job can have these fields as they are written. */
function decideFixed(question: ApplyQuestion, live: KubernetesObject): ApplyDecision {
  const { policy, running, what, differences, toAdvice } = question;
  const rest = differences.length - PATHS_SHOWN;
  const paths = `${differences.slice(0, PATHS_SHOWN).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
  if (policy !== "recreate") {
    const message = `${what} differs in fields that no Job can change, ${paths}: ${toAdvice("policy", "recreate")} to delete it and create a new one${policy === "newName" ? "" : `, or ${toAdvice("policy", "newName")} to create another one beside it`}`;
    return { outcome: "refused", code: "JobDiffers", message };
  }
  const controlled = findControlled(question, live);
  if (controlled !== undefined) return controlled;
  const { uid } = live.metadata;
  if (!isRunningJob(live) || running === "replace") {
    return { outcome: "recreate", uid, onlyIfIdle: running !== "replace" };
  }
  const message = `${what} is running, and differs in ${paths}: ${toAdvice("running", "replace")} to stop it`;
  return { outcome: running === "wait" ? "wait" : "refused", code: "JobRunning", message };
}

function decideChangeable(question: ApplyQuestion, live: KubernetesObject): ApplyDecision {
  const { what, managed, manifest, toAdvice } = question;
  const changes = findChanges(live, manifest);
  if (changes.length === 0) return { outcome: "unchanged", message: `${what} is unchanged` };
  const controlled = findControlled(question, live);
  if (controlled !== undefined) return controlled;
  for (const { path } of managed === "act" ? [] : changes) {
    const manager = findManager(live, path);
    if (manager === undefined) continue;
    const message = `${formatChangePath(path)} of ${what} is managed by ${manager}, which would revert the change: change it there, or ${toAdvice("managed", "act")}`;
    return { outcome: "refused", code: "ManagedField", message };
  }
  return { outcome: "patch", uid: live.metadata.uid, changes };
}

/** Its controller would create it again, or change it back. */
function findControlled(
  { what }: ApplyQuestion,
  live: KubernetesObject,
): ApplyDecision | undefined {
  const owners = readList(readField(live, "metadata", "ownerReferences"));
  const controller = owners.find((owner) => readField(owner, "controller") === true);
  if (controller === undefined) return undefined;
  const of = `${String(readField(controller, "kind"))} ${String(readField(controller, "name"))}`;
  const message = `${what} is controlled by ${of}: give your Job another name`;
  return { outcome: "refused", code: "Controlled", message };
}

function findChanges(live: KubernetesObject, manifest: JobManifest): readonly FieldChange[] {
  const { labels, annotations, spec } = manifest;
  const wanted: (readonly [ChangePath, unknown])[] = [
    ...Object.entries(labels).map(([key, to]) => [["metadata", "labels", key], to] as const),
    ...Object.entries(annotations).map(
      ([key, to]) => [["metadata", "annotations", key], to] as const,
    ),
    ...Object.entries(spec)
      .filter(([key, to]) => CHANGEABLE_FIELDS.has(key) && !isSuspension(key, to))
      .map(([key, to]) => [["spec", key], to] as const),
  ];
  return wanted.flatMap(([path, to]) => {
    const from = readChangePath(live, path);
    if (from !== undefined && toCanonicalJson(from) === toCanonicalJson(to)) return [];
    return [{ path, ...(from === undefined ? {} : { from }), to }];
  });
}

/** A Job that is written as suspended is created so. What resumed it, such as a queue for Jobs, did what it is there for. */
function isSuspension(key: string, to: unknown): boolean {
  return key === "suspend" && to === true;
}
