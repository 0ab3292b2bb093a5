import {
  APPLIED_ANNOTATION,
  toAppliedDigest,
  type JobManifest,
} from "../../operations/job-manifest.ts";
import type {
  AwaitGoneOperation,
  DeleteOperation,
  ManifestOperation,
  ObjectAddress,
} from "../../operations/operation.ts";
import { withAnnotations } from "../job/to-job.ts";
import type { ApplyDecision } from "./decide-apply.ts";

/** How long a deleted Job and its Pods may take to be gone. */
const GONE_WITHIN_MS = 10 * 60_000;

type Creating = Extract<
  ApplyDecision,
  { readonly outcome: "create" | "createWhenGone" | "recreate" }
>;

export type ApplyOperation = DeleteOperation | AwaitGoneOperation | ManifestOperation;

/**
 * The operations that end with a new Job: delete the old one, wait until it and its Pods are gone, create. The deletion is in the
 * foreground, so the old Job exists until the garbage collector has deleted its Pods, and whoever looks in between sees what is going on.
 * `annotations` are for the new Job and its Pods.
 */
export function toApplyOperations(input: {
  readonly target: ObjectAddress;
  readonly manifest: JobManifest;
  readonly decision: Creating;
  /** The uids of deleted Jobs of this name whose Pods still exist. */
  readonly left: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}): readonly ApplyOperation[] {
  const { target, manifest, decision, left, annotations } = input;
  const replaced = decision.outcome === "create" ? left : [decision.uid];
  const operations: ApplyOperation[] = [];
  if (decision.outcome === "recreate") {
    operations.push({
      type: "delete",
      name: "applyJob-delete",
      target,
      uid: decision.uid,
      propagationPolicy: "Foreground",
      ...(decision.onlyIfIdle ? { onlyIfIdle: true } : {}),
    });
  }
  for (const uid of replaced) {
    operations.push({
      type: "awaitGone",
      name: "applyJob-gone",
      target,
      uid,
      withinMs: GONE_WITHIN_MS,
    });
  }
  const { spec, ...metadata } = withAnnotations(manifest, annotations);
  const applied = { [APPLIED_ANNOTATION]: toAppliedDigest(manifest) };
  operations.push({
    type: "createManifest",
    name: "applyJob",
    target,
    metadata: { ...metadata, annotations: { ...metadata.annotations, ...applied } },
    spec,
    ...(decision.outcome === "create" ? {} : { replaces: true }),
  });
  return operations;
}
