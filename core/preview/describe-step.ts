import { describeAddress, describeOperation } from "../operations/describe-operation.ts";
import type { WriteOperation } from "../operations/operation.ts";
import { formatDuration } from "../text/duration.ts";
import { describeTargetChecks, describeVerification } from "./describe-verification.ts";

/**
 * Describes a step of a plan for people, with everything that decides what it does: `evict Pod shop/web (waits at most 2h for
 * PodDisruptionBudgets)`. Also those that write nothing to the cluster.
 */
export function describeStep(operation: WriteOperation): string {
  const what = describeOperation(operation) ?? "";
  switch (operation.type) {
    case "create":
      return `${what} from ${describeAddress(operation.specFrom.source)}`;
    case "delete":
      return `${what}${describeDeletion(operation)}`;
    case "evict":
      return `${what} (waits at most ${formatDuration(operation.withinMs)} for PodDisruptionBudgets)`;
    case "verify":
      return describeVerification(operation);
    case "alert":
      return `alert ${operation.to}: ${operation.summary}`;
    case "fanOut":
      return `${what} (${operation.action}: ${JSON.stringify(operation.parameters)})${describeTargetChecks(operation)}`;
    case "onFailure":
      return `do ${operation.action} ${JSON.stringify(operation.parameters)} (planned when it begins, on the objects as they are then)`;
    case "awaitGone":
      return `wait until ${describeAddress(operation.target)} and its Pods are gone, at most ${formatDuration(operation.withinMs)}`;
    case "createManifest":
    case "patch":
    case "event":
      return what;
  }
}

function describeDeletion(operation: Extract<WriteOperation, { readonly type: "delete" }>): string {
  const { gracePeriodSeconds: grace, propagationPolicy } = operation;
  const parts = [
    ...(grace === undefined ? [] : [`with a grace period of ${grace} s`]),
    ...(propagationPolicy === "Orphan" ? ["what it owns stays"] : []),
    ...(propagationPolicy === "Foreground" ? ["what it owns goes first"] : []),
    ...(operation.unlessEnded === true ? ["unless it has ended"] : []),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}
