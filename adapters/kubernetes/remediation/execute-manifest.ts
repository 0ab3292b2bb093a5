import type { KubernetesObject } from "../../../events/change.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { toCreationMarks } from "../../../core/operations/creation-marks.ts";
import { withoutServerFields } from "../../../core/operations/job-manifest.ts";
import type {
  ManifestOperation,
  ObjectAddress,
  ObjectEffect,
  OperationOutcome,
} from "../../../core/operations/operation.ts";
import { pickSent } from "../../../core/preview/pick-sent.ts";
import { toProbeName } from "../../../core/operations/probe-name.ts";
import { toApiVersion } from "../../../core/references/api-version.ts";
import { getObject, toKubernetesObject } from "../api/objects.ts";
import { toResourcePath } from "../api/path.ts";
import type { KubernetesClient } from "../http/client.ts";
import { isDryRun, toWriteQuery, type ExecutionContext } from "./execution-context.ts";
import { findDifference } from "./is-ours.ts";
import { toDone, toTemporary } from "./operation-results.ts";

/** Creates the object of the plan. If it exists and is the one that this operation makes (`is-ours.ts`), it is done. */
export async function executeManifest(
  { client }: { readonly client: KubernetesClient },
  operation: ManifestOperation,
  context: ExecutionContext,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  const { target, metadata, spec, replaces } = operation;
  const { record } = context;
  const dryRun = isDryRun(context);
  const name = dryRun && replaces ? toProbeName(target.name, record.metadata.uid) : target.name;
  const annotations = { ...metadata.annotations, ...toCreationMarks(operation, record) };
  const manifest = { target: { ...target, name }, metadata: { ...metadata, annotations }, spec };
  try {
    const created = await postObject(client, manifest, dryRun, signal);
    const done = toDone(target, created.metadata.uid);
    if (!dryRun) return done;
    const replaced = replaces ? await getObject(client, target, signal) : null;
    return { ...done, effect: toEffect(operation, created, replaced) };
  } catch (error) {
    // A create has no version to conflict with: admission (a quota's count) lost a race, and may succeed next time.
    if (isKubemendError(error, "Conflict")) throw toTemporary(error);
    if (!isKubemendError(error, "AlreadyExists")) throw error;
    const existing = await getObject(client, target, signal);
    // It was deleted between the two requests: the next attempt creates it.
    if (existing === null) throw toTemporary(error);
    const difference = findDifference(existing, operation, record, spec);
    if (difference === undefined) return toDone(target, existing.metadata.uid);
    const what = `${target.kind} ${target.name}`;
    const message = `${what} exists and was not created by remediation ${record.metadata.name}: ${difference}`;
    return { outcome: "failed", code: "AlreadyExists", message };
  }
}

/** The effect that a dry run shows: the difference from the Job that is replaced, or else the Job that would be created, without defaults. */
function toEffect(
  { target, metadata, spec }: ManifestOperation,
  created: KubernetesObject,
  replaced: KubernetesObject | null,
): ObjectEffect {
  const { namespace, name } = target;
  const named = { ...created, metadata: { ...created.metadata, name } };
  const { apiVersion, kind } = created;
  const sent = { apiVersion, kind, metadata: { name, namespace, ...metadata }, spec };
  return replaced === null
    ? { after: pickSent(named, sent) }
    : { before: withoutServerFields(replaced), after: withoutServerFields(named) };
}

/** Creates an object, or only asks whether it would be created, and as what. A field that the API server does not know is refused. */
export async function postObject(
  client: KubernetesClient,
  manifest: {
    readonly target: ObjectAddress;
    readonly metadata: ManifestOperation["metadata"];
    readonly spec: unknown;
  },
  dryRun: boolean,
  signal: AbortSignal | undefined,
): Promise<KubernetesObject> {
  const { target, metadata, spec } = manifest;
  const { name, ...collection } = target;
  const created = await client.request({
    method: "POST",
    path: toResourcePath(collection),
    query: toWriteQuery({ dryRun }),
    body: {
      apiVersion: toApiVersion(target),
      kind: target.kind,
      metadata: { name, namespace: target.namespace ?? undefined, ...metadata },
      spec,
    },
    signal,
  });
  return toKubernetesObject(created, target);
}
