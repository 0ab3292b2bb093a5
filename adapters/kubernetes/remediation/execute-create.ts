import type { KubernetesObject } from "../../../events/change.ts";
import type {
  CreateOperation,
  ObjectAddress,
  OperationOutcome,
} from "../../../core/operations/operation.ts";
import { toManifest, type Manifest } from "../../../core/operations/to-manifest.ts";
import { toSourceDigest } from "../../../core/operations/source-digest.ts";
import { isKubemendError, type KubemendError } from "../../../core/errors.ts";
import { pickSent } from "../../../core/preview/pick-sent.ts";
import type { Redact } from "../../../core/redaction/redactor.ts";
import type { KubernetesClient } from "../http/client.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { isDryRun, toWriteQuery, type ExecutionContext } from "./execution-context.ts";
import { findDifference } from "./is-ours.ts";
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
  const manifest = toManifest(operation, record, source);
  if (!manifest.ok) {
    return { outcome: "failed", code: "PreconditionFailed", message: manifest.error };
  }
  try {
    const created = await create(deps.client, operation, context, manifest.value, signal);
    const done = toDone(operation.target, created.metadata.uid);
    if (!isDryRun(context)) return done;
    return { ...done, effect: { after: toPreview(deps, operation, record, { source, created }) } };
  } catch (error) {
    if (isKubemendError(error, "AlreadyExists")) {
      const { spec } = manifest.value;
      return confirmExisting({ client: deps.client, spec }, operation, context, error, signal);
    }
    if (!isKubemendError(error, "Conflict")) throw error;
    // A create has no version to conflict with: admission (a quota's count) lost a race, and may succeed next time.
    throw toTemporary(error);
  }
}

/**
 * The object as it would be created, without defaults that the API server adds. Where parts of the source must not leave the cluster, it
 * is made from what is left of the source: the answer has their values, and in the new object they may be at places that are not redacted.
 */
function toPreview(
  { redact }: Deps,
  operation: CreateOperation,
  record: RemediationRecord,
  made: { readonly source: KubernetesObject | null; readonly created: KubernetesObject },
): unknown {
  if (made.source === null) return undefined;
  const { object, redacted } = redact(made.source, operation.specFrom.source);
  const sent = toManifest(operation, record, object);
  if (!sent.ok) return undefined;
  return redacted.length > 0 ? sent.value : pickSent(made.created, sent.value);
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

/** Sends the manifest, and answers with what the API server made of it. */
async function create(
  client: KubernetesClient,
  { target }: CreateOperation,
  context: ExecutionContext,
  manifest: Manifest,
  signal: AbortSignal | undefined,
): Promise<KubernetesObject> {
  const { name: _name, ...collection } = target;
  const created = await client.request({
    method: "POST",
    path: toResourcePath(collection),
    query: toWriteQuery(context),
    body: manifest,
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
