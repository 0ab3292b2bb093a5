import type { KubernetesObject, ResourceType } from "../../events/change.ts";

/** Holds a copy of the whole Secret that `kubectl apply` wrote. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

export type Redacted = {
  readonly object: KubernetesObject;
  /** Paths that were taken out; empty for most objects. */
  readonly redacted: readonly string[];
  /** Manager of the newest managedFields entry: a hint, never authority. */
  readonly writer: string | undefined;
};

/**
 * What may leave the cluster of an object: without managedFields, and of a Secret without its values.
 * The one redactor of messages, logs and recordings. The object given stays as it is; total on any JSON.
 */
export function redact(object: KubernetesObject, resource: ResourceType): Redacted {
  const { managedFields, ...metadata } = object.metadata;
  const slim: KubernetesObject = { ...object, metadata };
  const writer = readWriter(managedFields);
  if (!isSecret(object, resource)) return { object: slim, redacted: [], writer };
  return { ...redactSecret(slim), writer };
}

/** By the watched resource and by what the object says of itself. */
function isSecret(object: KubernetesObject, resource: ResourceType): boolean {
  return (resource.group === "" && resource.resource === "secrets") || object.kind === "Secret";
}

function redactSecret(secret: KubernetesObject): Pick<Redacted, "object" | "redacted"> {
  const { data, stringData, ...rest } = secret;
  const redacted: string[] = [];
  if (data !== undefined) redacted.push("data");
  if (stringData !== undefined) redacted.push("stringData");
  const annotations = secret.metadata["annotations"];
  if (!isRecord(annotations) || !Object.hasOwn(annotations, LAST_APPLIED)) {
    return { object: rest, redacted };
  }
  const { [LAST_APPLIED]: _lastApplied, ...others } = annotations;
  redacted.push(`metadata.annotations["${LAST_APPLIED}"]`);
  const metadata = { ...secret.metadata, annotations: others };
  return { object: { ...rest, metadata }, redacted };
}

function readWriter(managedFields: unknown): string | undefined {
  if (!Array.isArray(managedFields)) return undefined;
  let newest: { readonly manager: string; readonly time: string } | undefined;
  for (const entry of managedFields as readonly unknown[]) {
    if (!isRecord(entry) || typeof entry["manager"] !== "string") continue;
    const time = typeof entry["time"] === "string" ? entry["time"] : "";
    if (newest === undefined || time >= newest.time) newest = { manager: entry["manager"], time };
  }
  return newest?.manager;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
