import type { KubernetesObject } from "../../../events/change.ts";
import type {
  CreateOperation,
  ObjectAddress,
  OperationOutcome,
} from "../../../core/operations/operation.ts";
import { applyChanges } from "../../../core/operations/json-patch.ts";
import { readSource, toSourceDigest } from "../../../core/operations/source-digest.ts";
import { isKubemendError, type KubemendError } from "../../../core/errors.ts";
import { readField, readTextMap } from "../../../core/json/read-json.ts";
import type { Redact } from "../../../core/redaction/redactor.ts";
import type { KubernetesClient } from "../http/client.ts";
import { isDryRun, type ExecutionContext } from "./execution-context.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { findDifference, toMarks } from "./is-ours.ts";
import { toDone, toTemporary } from "./operation-results.ts";
import { getObject, toKubernetesObject } from "../api/objects.ts";
import { toResourcePath } from "../api/path.ts";

/** Reads an object with all its fields; throws `Invalid` if that cannot be done. */
export type GetWhole = (
  target: ObjectAddress,
  signal?: AbortSignal,
) => Promise<KubernetesObject | null>;

type Deps = {
  readonly client: KubernetesClient;
  /** Unredacted: the object is copied from it. */
  readonly getWhole: GetWhole;
  readonly redact: Redact;
};

/**
 * Creates the object with the body of its live source. If an object of that name is the one that this operation makes (`is-ours.ts`), an
 * earlier run created it and ended before it could save that: done, even if the source has changed or is gone since.
 */
export async function executeCreate(
  deps: Deps,
  operation: CreateOperation,
  context: ExecutionContext,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  const source = await deps.getWhole(operation.specFrom.source, signal);
  const problem = findSourceProblem(deps, operation, source);
  const { record } = context;
  if (problem !== undefined) {
    const existing = await getObject(deps.client, operation.target, signal);
    const isMade = existing !== null && findDifference(existing, operation, record) === undefined;
    return isMade ? toDone(operation.target, existing.metadata.uid) : problem;
  }
  const { path, metadataPath } = operation.specFrom;
  const changed = applyChanges({ spec: readSource(source, path) }, operation.changes ?? []);
  if (!changed.ok) return { outcome: "failed", code: "PreconditionFailed", message: changed.error };
  const spec = readField(changed.value, "spec");
  const template = metadataPath === undefined ? undefined : readSource(source, metadataPath);
  try {
    const created = await create(deps.client, operation, context, { spec, template }, signal);
    return toDone(operation.target, created.metadata.uid);
  } catch (error) {
    if (isKubemendError(error, "AlreadyExists")) {
      return confirmExisting({ client: deps.client, spec }, operation, context, error, signal);
    }
    if (!isKubemendError(error, "Conflict")) throw error;
    // A create has no version to conflict with: admission (a quota's count) lost a race, and may succeed next time.
    throw toTemporary(error);
  }
}

/**
 * The digest covers what the plan was made from: the source without its redacted parts. The generation, which the API server raises with
 * each change of the spec, covers these.
 */
function findSourceProblem(
  { redact }: Deps,
  operation: CreateOperation,
  source: KubernetesObject | null,
): OperationOutcome | undefined {
  const { kind, name, uid } = operation.specFrom.source;
  const { path, digest, generation } = operation.specFrom;
  if (source === null) {
    return { outcome: "failed", code: "NotFound", message: `${kind} ${name} no longer exists` };
  }
  const differs =
    source.metadata.uid !== uid
      ? "was deleted and created again"
      : toSourceDigest(redact(source, operation.specFrom.source).object, path) !== digest
        ? `has a different ${path}`
        : generation !== undefined && source.metadata["generation"] !== generation
          ? `was changed (its generation was ${generation})`
          : undefined;
  if (differs === undefined) return undefined;
  return {
    outcome: "failed",
    code: "PreconditionFailed",
    message: `${kind} ${name} ${differs} since the plan was made`,
  };
}

async function create(
  client: KubernetesClient,
  operation: CreateOperation,
  context: ExecutionContext,
  { spec, template }: { readonly spec: unknown; readonly template: unknown },
  signal: AbortSignal | undefined,
): Promise<KubernetesObject> {
  const { target, metadata } = operation;
  const { name, ...collection } = target;
  const dryRun = isDryRun(context) ? "All" : undefined;
  const created = await client.request({
    method: "POST",
    path: toResourcePath(collection),
    query: { fieldManager: FIELD_MANAGER, dryRun },
    body: {
      apiVersion: toApiVersion(target),
      kind: target.kind,
      metadata: {
        name,
        namespace: target.namespace ?? undefined,
        ...metadata,
        labels: { ...readTextMap(readField(template, "labels")), ...metadata.labels },
        annotations: {
          ...readTextMap(readField(template, "annotations")),
          ...metadata.annotations,
          ...toMarks(operation, context.record),
        },
      },
      spec,
    },
    signal,
  });
  return toKubernetesObject(created, target);
}

async function confirmExisting(
  deps: { readonly client: KubernetesClient; readonly spec: unknown },
  operation: CreateOperation,
  context: ExecutionContext,
  refusal: KubemendError,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  const existing = await getObject(deps.client, operation.target, signal);
  if (existing === null) {
    // It was deleted between the two requests: the next attempt creates it.
    throw toTemporary(refusal);
  }
  const { record } = context;
  const difference = findDifference(existing, operation, record, deps.spec);
  if (difference === undefined) return toDone(operation.target, existing.metadata.uid);
  const { kind, name } = operation.target;
  return {
    outcome: "failed",
    code: "AlreadyExists",
    message: `${kind} ${name} exists and was not created by remediation ${record.metadata.name}: ${difference}`,
  };
}

function toApiVersion({ group, version }: ObjectAddress): string {
  return group === "" ? version : `${group}/${version}`;
}
