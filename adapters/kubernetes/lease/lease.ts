import * as v from "valibot";
import { describeIssues } from "../../../events/contract.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../http/client.ts";
import { toResourcePath } from "../api/path.ts";
import { toMicroTime } from "../api/micro-time.ts";

/** A Lease as it was read, or written. */
export type Lease = {
  /** Changes with every renewal; one older than a previous one means that etcd was restored from a backup. */
  readonly resourceVersion: string;
  /** "" if nobody holds it. */
  readonly holder: string;
  /** How long it is valid after each renewal. */
  readonly durationMs: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** The whole object: fields that others wrote are written back. */
  readonly object: LeaseObject;
};

export type LeaseContent = {
  /** "" releases it. */
  readonly holder: string;
  /** In whole seconds. */
  readonly durationMs: number;
  /** Only these are changed. */
  readonly annotations: Readonly<Record<string, string>>;
};

/** `timeoutMs` limits the whole request. */
type Limits = { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined };

/**
 * One Lease by its name. Both methods throw a KubemendError by the API server's answer; after a failed `write` it is unknown whether
 * the Lease was written.
 * @see https://kubernetes.io/docs/concepts/architecture/leases/
 */
export type LeaseStore = {
  /** `NAMESPACE/NAME`. */
  readonly name: string;
  /** The newest state; undefined if the Lease does not exist. */
  readonly read: (limits: Limits) => Promise<Lease | undefined>;
  /**
   * Replaces the state `before`, or creates the Lease if that is undefined. Each write makes a new state, whatever the clock says.
   * Undefined if somebody else has written, created or deleted the Lease since.
   */
  readonly write: (
    before: Lease | undefined,
    content: LeaseContent,
    limits: Limits,
  ) => Promise<Lease | undefined>;
};

type LeaseObject = {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: {
    readonly leaseTransitions: number;
    readonly renewTime: string;
    readonly acquireTime: string;
  };
};

const text = v.nullish(v.string(), "");
const specSchema = v.looseObject({
  holderIdentity: text,
  leaseDurationSeconds: v.nullish(v.number(), 0),
  leaseTransitions: v.nullish(v.number(), 0),
  renewTime: text,
  acquireTime: text,
});
const metadataSchema = v.looseObject({
  resourceVersion: v.string(),
  annotations: v.nullish(v.record(v.string(), v.string()), {}),
});
const leaseSchema = v.looseObject({ metadata: metadataSchema, spec: v.optional(v.unknown()) });

const RESOURCE = { group: "coordination.k8s.io", version: "v1", resource: "leases" } as const;

export function createLeaseStore(deps: {
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly name: string;
  /** Wall-clock time, for people who read the Lease. No decision depends on it. */
  readonly wallMs: () => number;
}): LeaseStore {
  const { client, namespace, name } = deps;
  const path = toResourcePath({ ...RESOURCE, namespace, name });
  return {
    name: `${namespace}/${name}`,
    async read(limits) {
      try {
        return toLease(await client.request({ method: "GET", path, ...limits }), path);
      } catch (error) {
        if (isKubemendError(error, "NotFound")) return undefined;
        throw error;
      }
    },
    async write(before, content, limits) {
      const body = toObject({ namespace, name, before, content, wallMs: deps.wallMs() });
      try {
        // A PUT also creates a Lease, under its name, so that RBAC can restrict the permission to that name.
        return toLease(await client.request({ method: "PUT", path, body, ...limits }), path);
      } catch (error) {
        if (isLost(error, before)) return undefined;
        throw error;
      }
    },
  };
}

/** Without a resourceVersion the server creates the Lease and refuses one that exists: it allows no unconditional update of Leases. */
function isLost(error: unknown, before: Lease | undefined): boolean {
  if (isKubemendError(error, "Conflict") || isKubemendError(error, "AlreadyExists")) return true;
  if (isKubemendError(error, "PreconditionFailed")) return true;
  if (before !== undefined) return isKubemendError(error, "NotFound");
  return isKubemendError(error, "Invalid") && error.message.includes("resourceVersion");
}

function toObject(options: {
  readonly namespace: string;
  readonly name: string;
  readonly before: Lease | undefined;
  readonly content: LeaseContent;
  readonly wallMs: number;
}): object {
  const { namespace, name, before, content } = options;
  const spec = before?.object.spec;
  const isAcquired = content.holder !== "" && before?.holder !== content.holder;
  const renewTime = toMicroTime(options.wallMs, spec?.renewTime ?? "");
  const isTransition = isAcquired && before !== undefined;
  return {
    ...before?.object,
    apiVersion: `${RESOURCE.group}/${RESOURCE.version}`,
    kind: "Lease",
    metadata: {
      ...before?.object.metadata,
      namespace,
      name,
      annotations: { ...before?.annotations, ...content.annotations },
    },
    spec: {
      ...spec,
      holderIdentity: content.holder,
      leaseDurationSeconds: Math.ceil(content.durationMs / 1000),
      leaseTransitions: (spec?.leaseTransitions ?? 0) + Number(isTransition),
      acquireTime: isAcquired || !spec?.acquireTime ? renewTime : spec.acquireTime,
      renewTime,
    },
  };
}

function toLease(body: unknown, path: string): Lease {
  const read = v.safeParse(leaseSchema, body);
  const spec = v.safeParse(specSchema, read.success ? (read.output.spec ?? {}) : undefined);
  if (!read.success || !spec.success) {
    const issues = describeIssues([...(read.issues ?? []), ...(spec.issues ?? [])]);
    throw new KubemendError("Invalid", `${path}: the Lease cannot be read: ${issues}`, {
      retryable: true,
    });
  }
  const { metadata } = read.output;
  return {
    resourceVersion: metadata.resourceVersion,
    holder: spec.output.holderIdentity ?? "",
    durationMs: (spec.output.leaseDurationSeconds ?? 0) * 1000,
    annotations: metadata.annotations ?? {},
    object: { ...read.output, spec: { ...spec.output } },
  };
}
