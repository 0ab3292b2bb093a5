import type { KubernetesObject } from "../../../events/change.ts";
import { isKubemendError, type KubemendError } from "../../../core/errors.ts";
import { toCanonicalJson } from "../../../core/json/canonical-json.ts";
import { formatChangePath } from "../../../core/operations/change-path.ts";
import {
  isMarked,
  toMarkChanges,
  withoutUnknownMarks,
} from "../../../core/operations/change-marks.ts";
import { describeAddress, describeValue } from "../../../core/operations/describe-operation.ts";
import { findUnkept } from "../../../core/operations/kept-changes.ts";
import { readChangePath, toJsonPatch } from "../../../core/operations/json-patch.ts";
import { withReplicas } from "../../../core/operations/scale-object.ts";
import type {
  FieldChange,
  OperationOutcome,
  PatchOperation,
} from "../../../core/operations/operation.ts";
import { isTemporary } from "../../../core/records/is-temporary.ts";
import { isRedactedChange } from "../../../core/redaction/redacted-change.ts";
import { getObject } from "../api/objects.ts";
import { toApiVersion } from "../../../core/references/api-version.ts";
import { toResourcePath } from "../api/path.ts";
import type { KubernetesClient, KubernetesRequest } from "../http/client.ts";
import { isDryRun, toWriteQuery, type DryRunContext } from "./execution-context.ts";
import { judgePatch } from "./judge-patch.ts";
import { copyTemplate, type TemplateDeps } from "./copy-template.ts";
import { toDone, toTemporary } from "./operation-results.ts";

type Deps = TemplateDeps & { readonly client: KubernetesClient };

/** A controller that writes to the object all the time is given way to; the next attempt is a saved wait. */
const ATTEMPTS_MAX = 4;

/**
 * Reads the object and changes it, if that was not done before and every field still has its old value. The request carries the
 * resourceVersion that was read, so an object that changes in between is read again, and nothing that somebody else wrote is replaced
 * unseen, even by an executor that was frozen before it sent the request. The API server's answer is compared with what was asked for
 * (`judge-patch.ts`). The answer to a dry run has the whole object, unredacted.
 */
export async function executePatch(
  deps: Deps,
  planned: PatchOperation,
  context: DryRunContext,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  let operation = planned;
  for (let attempt = 1; ; attempt += 1) {
    const live = await readLive(deps, operation, signal);
    const copied = await copyTemplate(deps, operation, live, signal);
    if (copied.outcome !== "operation") return copied;
    const answer = decide(deps, copied.operation, live);
    if (!("steps" in answer)) return answer;
    const isTried = answer.outcome === "compare" || isDryRun(context);
    try {
      const request = { steps: answer.steps, query: toWriteQuery({ ...context, dryRun: isTried }) };
      const after = await send(deps, operation, request, signal);
      const judged = judgePatch(deps, copied.operation, after);
      const isShown = isDryRun(context) && judged.outcome === "done";
      return isShown ? { ...judged, effect: { before: live, after } } : judged;
    } catch (error) {
      const unmarked = withoutUnknownMarks(operation, error);
      if (unmarked !== undefined) operation = unmarked;
      else if (isKubemendError(error, "NotFound") && attempt < ATTEMPTS_MAX) continue;
      else if (!isConflict(error)) {
        if (answer.outcome === "send" || isTemporary(error)) throw error;
        // It was accepted once.
        return toDone(operation.target, operation.uid);
      } else if (attempt >= ATTEMPTS_MAX) throw toTemporary(error);
    }
  }
}

async function readLive(
  { client }: Deps,
  { target, subresource }: PatchOperation,
  signal: AbortSignal | undefined,
): Promise<KubernetesObject | null> {
  const address = { ...target, subresource };
  const object = await getObject(client, address, signal);
  return object !== null && subresource === "scale" ? withReplicas(object) : object;
}

async function send(
  { client }: Deps,
  { target, subresource }: PatchOperation,
  { steps, query }: Pick<KubernetesRequest, "query"> & { readonly steps: readonly object[] },
  signal: AbortSignal | undefined,
): Promise<KubernetesObject> {
  const after = await client.request<KubernetesObject>({
    method: "PATCH",
    path: toResourcePath({ ...target, subresource }),
    query,
    contentType: "application/json-patch+json",
    body: steps,
    signal,
  });
  if (subresource !== "scale") return after;
  // As every read of the subresource is: its own kind is no change of the object.
  return { ...withReplicas(after), apiVersion: toApiVersion(target), kind: target.kind };
}

function isConflict(error: unknown): error is KubemendError {
  return isKubemendError(error, "Conflict") || isKubemendError(error, "PreconditionFailed");
}

type Decision =
  | OperationOutcome
  /** `compare`: it was sent before, and only the answer to it is asked for once more, as a dry run. */
  | { readonly outcome: "send" | "compare"; readonly steps: readonly object[] };

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
  if (isMarked(live, operation)) return decideMarked(operation, live);
  if (changes.every(({ path, to }) => isEqual(readChangePath(live, path), to))) {
    return toDone(target, uid);
  }
  const changed = changes.find(
    ({ path, from, overwrite }) => overwrite !== true && !isEqual(readChangePath(live, path), from),
  );
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

/**
 * The changes were sent, and the answer may have been lost. What is not in the object now was either not stored, or somebody has undone
 * it since, which is their right: a dry run shows which.
 */
function decideMarked(operation: PatchOperation, live: KubernetesObject): Decision {
  const done = toDone(operation.target, operation.uid);
  if (findUnkept(live, operation.changes).length === 0) return done;
  const steps = toSteps(operation, live);
  return steps.ok ? { outcome: "compare", steps: steps.value } : done;
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
