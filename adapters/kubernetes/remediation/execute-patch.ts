import type { KubernetesObject } from "../../../events/change.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { toCanonicalJson } from "../../../core/json/canonical-json.ts";
import { formatChangePath } from "../../../core/operations/change-path.ts";
import { isMarked, toMarkChanges } from "../../../core/operations/change-marks.ts";
import { describeAddress, describeValue } from "../../../core/operations/describe-operation.ts";
import { readChangePath, toJsonPatch } from "../../../core/operations/json-patch.ts";
import { withReplicas } from "../../../core/operations/scale-object.ts";
import type {
  FieldChange,
  OperationOutcome,
  PatchOperation,
} from "../../../core/operations/operation.ts";
import { isRedactedChange } from "../../../core/redaction/redacted-change.ts";
import type { DeclaredRedactions } from "../../../core/redaction/redactor.ts";
import { getObject } from "../api/objects.ts";
import { toResourcePath } from "../api/path.ts";
import type { KubernetesClient } from "../http/client.ts";
import { isDryRun, type DryRunContext } from "./execution-context.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { toDone, toTemporary } from "./operation-results.ts";

type Deps = { readonly client: KubernetesClient; readonly pipeline: DeclaredRedactions };

/** A controller that writes to the object all the time is given way to; the next attempt is a saved wait. */
const ATTEMPTS_MAX = 4;

/**
 * Reads the object and changes it, if that was not done before and every field still has its old value. The request carries the
 * resourceVersion that was read, so an object that changes in between is read again, and nothing that somebody else wrote is replaced
 * unseen, even by an executor that was frozen before it sent the request. The answer to a dry run has the whole object, unredacted.
 */
export async function executePatch(
  deps: Deps,
  operation: PatchOperation,
  context: DryRunContext,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  const { target, subresource } = operation;
  for (let attempt = 1; ; attempt += 1) {
    const address = { ...target, subresource };
    const read = await getObject(deps.client, address, signal);
    const live = read !== null && subresource === "scale" ? withReplicas(read) : read;
    const answer = decide(deps, operation, live);
    if (answer.outcome !== "send") return answer;
    try {
      const after = await deps.client.request({
        method: "PATCH",
        path: toResourcePath(address),
        query: { fieldManager: FIELD_MANAGER, dryRun: isDryRun(context) ? "All" : undefined },
        contentType: "application/json-patch+json",
        body: answer.steps,
        signal,
      });
      const done = toDone(target, operation.uid);
      return isDryRun(context) ? { ...done, effect: { before: live, after } } : done;
    } catch (error) {
      if (isKubemendError(error, "NotFound") && attempt < ATTEMPTS_MAX) continue;
      if (!isKubemendError(error, "Conflict") && !isKubemendError(error, "PreconditionFailed")) {
        throw error;
      }
      if (attempt >= ATTEMPTS_MAX) throw toTemporary(error);
    }
  }
}

type Decision = OperationOutcome | { readonly outcome: "send"; readonly steps: readonly object[] };

function decide(
  { pipeline }: Deps,
  operation: PatchOperation,
  live: KubernetesObject | null,
): Decision {
  const { target, uid, changes } = operation;
  const what = describeAddress(target);
  if (live === null) return toFailed("NotFound", `${what} no longer exists`);
  if (live.metadata.uid !== uid) {
    const message = `${what} was deleted and created again since the plan was made`;
    return toFailed("PreconditionFailed", message);
  }
  if (isMarked(live, operation)) return toDone(target, uid);
  if (changes.every(({ path, to }) => isEqual(readChangePath(live, path), to))) {
    return toDone(target, uid);
  }
  const changed = changes.find(({ path, from }) => !isEqual(readChangePath(live, path), from));
  if (changed !== undefined) {
    const value = isRedactedChange(pipeline, target, changed.path)
      ? "another value"
      : describeValue(readChangePath(live, changed.path));
    const message = `${what}: ${formatChangePath(changed.path)} is ${value}, and was ${describeValue(changed.from)} when the plan was made`;
    return toFailed("PreconditionFailed", message);
  }
  const steps = toSteps(operation, live);
  return steps.ok
    ? { outcome: "send", steps: steps.value }
    : toFailed("PreconditionFailed", `${what}: ${steps.error}`);
}

function toSteps(
  operation: PatchOperation,
  live: KubernetesObject,
): ReturnType<typeof toJsonPatch> {
  const version = { path: ["metadata", "resourceVersion"], to: live.metadata["resourceVersion"] };
  return toJsonPatch(live, [...operation.changes, ...toMarkChanges(operation), version]);
}

function isEqual(found: unknown, wanted: FieldChange["to"]): boolean {
  if (found === undefined || wanted === undefined) return found === wanted;
  return toCanonicalJson(found) === toCanonicalJson(wanted);
}

function toFailed(code: string, message: string): OperationOutcome {
  return { outcome: "failed", code, message };
}
