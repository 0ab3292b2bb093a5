import * as v from "valibot";
import { describeIssues } from "../../../events/contract.ts";
import { isKubemendError, KubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../http/client.ts";
import { toResourcePath } from "../api/path.ts";
import { toMicroTime } from "../api/micro-time.ts";

/** A Lease as it was read, or written. */
export type Lease = {
  /** Changes with every renewal; an older one than was seen before means that etcd was put back. */
  readonly resourceVersion: string;
  /** "" where nobody holds it. */
  readonly holder: string;
  /** What its holder counts on, from each renewal. */
  readonly durationMs: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** All of it: what others wrote there is written back. */
  readonly object: LeaseObject;
};

export type LeaseContent = {
  /** "" gives it free. */
  readonly holder: string;
  /** In whole seconds. */
  readonly durationMs: number;
  /** Only these are touched. */
  readonly annotations: Readonly<Record<string, string>>;
};

/** `timeoutMs`: of the whole request. */
type Limits = { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined };

/**
 * One Lease by its name. Both throw a KubemendError by what the API server answers; after a failed `write` nobody knows
 * whether it was written.
 * @see https://kubernetes.io/docs/concepts/architecture/leases/
 */
export type LeaseStore = {
  /** `NAMESPACE/NAME`. */
  readonly name: string;
  /** The newest state; undefined where there is none. */
  readonly read: (limits: Limits) => Promise<Lease | undefined>;
  /**
   * Writes it over the state `before`, or makes it where that is undefined. Each write is another state, whatever the clock
   * says. Undefined where somebody else has written, made or deleted it since.
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
  /** Of the calendar: for those who read the Lease. Nobody decides by it. */
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
        // A PUT makes a Lease too, and by its name: a right to create needs no other.
        return toLease(await client.request({ method: "PUT", path, body, ...limits }), path);
      } catch (error) {
        if (isLost(error, before)) return undefined;
        throw error;
      }
    },
  };
}

/** Without resourceVersion the server makes a Lease, and refuses one that exists: it takes no unconditional update of Leases. */
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
