import type { ChangeMessage, KubernetesObject, ResourceType } from "../../events/change.ts";
import { findResource } from "../../core/references/find-resource.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import { describeError, isKubemendError } from "../../core/errors.ts";
import { findMissingBody } from "../../core/decide/decide.ts";
import { readWrittenAt } from "../../core/decide/sender-word.ts";
import { toOwnCluster } from "../../core/decide/own-cluster.ts";
import type { Pipeline, Rule } from "../../core/pipeline/pipeline.ts";
import { createRedact } from "../../core/redaction/redactor.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { findForeignCluster, type ClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import type { Discovery } from "../../adapters/kubernetes/api/discovery.ts";
import { getObject } from "../../adapters/kubernetes/api/objects.ts";
import type { PoisonVerdict, RetryVerdict } from "../../adapters/lambda/message-verdict.ts";
import { readReferences } from "./read-references.ts";

export type ReadClusterDeps = {
  readonly pipeline: Pipeline;
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
  readonly clusterUid: ClusterUid;
};

export type ClusterRead =
  | {
      readonly outcome: "read";
      readonly message: ChangeMessage;
      readonly references: Awaited<ReturnType<typeof readReferences>>;
    }
  | RetryVerdict
  | PoisonVerdict;

/**
 * Everything that is read from the cluster for a message and its bound rules: the whole object, if the message has only a part of
 * it, and its references. A failure is not poison by itself: permissions are granted and servers recover while the message waits, as
 * often as its sender can be trusted (`bound-attempts.ts`). Throws only the reason of an aborted signal.
 */
export async function readCluster(
  deps: ReadClusterDeps,
  rules: readonly Rule[],
  message: ChangeMessage,
  signal: AbortSignal,
): Promise<ClusterRead> {
  const { cluster } = message.data;
  try {
    const reason = await findForeignCluster(cluster, deps.clusterUid, signal);
    if (reason !== undefined) return { outcome: "poison", code: "ForeignCluster", reason };
    const own = ofOwnCluster(deps.pipeline, message);
    const whole = isPartial(rules, own) ? await complete(deps, own, signal) : own;
    const redacted = withoutRedacted(deps, whole);
    const references = await readReferences(redacted.data.object, deps.discovery, signal);
    return { outcome: "read", message: redacted, references };
  } catch (error) {
    signal.throwIfAborted();
    const code = isKubemendError(error) ? error.code : "Internal";
    return { outcome: "retry", code, reason: describeError(error) };
  }
}

/** The message with the name that this pipeline gives to the cluster. */
export function ofOwnCluster(pipeline: Pipeline, message: ChangeMessage): ChangeMessage {
  const { data } = message;
  return { ...message, data: { ...data, cluster: toOwnCluster(pipeline, data.cluster) } };
}

/** The message was too large for the queue; or the relay's pipeline, a different one, needs less of the object than these rules do. */
function isPartial(rules: readonly Rule[], message: ChangeMessage): boolean {
  if (message.data.truncated === true) return true;
  return rules.some((rule) => findMissingBody(rule, message) !== undefined);
}

/** Reads a partial object from the cluster. If it is gone, its metadata stays: a message of its own reports the deletion. */
async function complete(
  deps: ReadClusterDeps,
  message: ChangeMessage,
  signal: AbortSignal,
): Promise<ChangeMessage> {
  if (message.data.change === "deleted") return message;
  return (await replaceByLive(deps, message, signal)) ?? message;
}

export type LiveRead = Omit<ClusterRead & { readonly outcome: "read" }, "outcome"> & {
  /** When the object was written last, as far as the cluster shows. */
  readonly writtenAt: string | undefined;
};

/** The message with the live state of its object, and the references of that; undefined if the cluster does not show the object. */
export async function readLive(
  deps: ReadClusterDeps,
  message: ChangeMessage,
  signal: AbortSignal,
): Promise<LiveRead | undefined> {
  const live = await replaceByLive(deps, message, signal);
  if (live === undefined) return undefined;
  const writtenAt = readWrittenAt(live.data.object);
  const redacted = withoutRedacted(deps, live);
  const references = await readReferences(redacted.data.object, deps.discovery, signal);
  return { message: redacted, references, writtenAt };
}

async function replaceByLive(
  deps: ReadClusterDeps,
  message: ChangeMessage,
  signal: AbortSignal,
): Promise<ChangeMessage | undefined> {
  const { data } = message;
  const { name, namespace, uid } = data.object.metadata;
  const resource = await findServed(deps, data.resource, signal);
  if (resource === undefined) return undefined;
  const target = { ...resource, namespace: namespace ?? null, name };
  const live = await getWritable(deps.client, target, signal);
  if (live === null || live.metadata.uid !== uid) return undefined;
  const { payload: _payload, truncated: _truncated, reason: _reason, ...whole } = data;
  return { ...message, data: { ...whole, resource, object: live } };
}

/** In the version that the rule watches, which is the preferred one: in another one an object has other fields. */
async function findServed(
  { discovery }: ReadClusterDeps,
  wanted: ResourceType,
  signal: AbortSignal,
): Promise<ResourceType | undefined> {
  const name = toResourceName(wanted);
  const found =
    findResource(await discovery.catalog(signal), name) ??
    findResource(await discovery.refresh(signal), name);
  if (found === undefined) return undefined;
  const { group, version, resource, kind, namespaced } = found;
  return { group, version, resource, kind, namespaced };
}

/** Null also if the API server's answer can never be read, such as an object that is nested too deep: then the metadata stays. */
async function getWritable(
  client: KubernetesClient,
  target: Parameters<typeof getObject>[1],
  signal: AbortSignal,
): Promise<KubernetesObject | null> {
  try {
    return await getObject(client, target, signal);
  } catch (error) {
    if (isKubemendError(error, "Invalid") && !error.retryable) return null;
    throw error;
  }
}

/** A relay with an older pipeline may have sent what this one redacts, and an object that was read from the cluster is complete. */
function withoutRedacted({ pipeline }: ReadClusterDeps, message: ChangeMessage): ChangeMessage {
  const { data } = message;
  const { object, redacted } = createRedact(pipeline)(data.object, data.resource);
  const paths = [...new Set([...(data.redacted ?? []), ...redacted])];
  return {
    ...message,
    data: { ...data, ...(paths.length > 0 ? { redacted: paths } : {}), object },
  };
}
