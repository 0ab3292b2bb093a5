import type { KubernetesObject } from "../../../events/change.ts";
import type { FoundReference } from "../../../events/reference.ts";
import type { RecordSpec } from "../../../events/remediation.ts";
import type { Trigger } from "../../../events/request.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { describeAddress } from "../../../core/operations/describe-operation.ts";
import type { Catalog, CatalogEntry } from "../../../core/references/catalog.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { readEvidence } from "../../../core/records/messages/evidence.ts";
import type { RecordEnd } from "../../../core/records/record-end.ts";
import { refuse, ok, type Result } from "../../../core/result.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";

/** The trigger as far as it is known, and its references. */
export type LiveTrigger = {
  readonly object: KubernetesObject;
  readonly references: readonly FoundReference[];
};

export type ReadTrigger = LiveTrigger & {
  /** Whether the cluster shows it. If not, the object is its last reported state, or only its identity. */
  readonly isLive: boolean;
  /** As the cluster serves it, with the resourceVersion that was read. */
  readonly trigger: Trigger;
  /** Why `object` has only metadata. */
  readonly truncated?: string | undefined;
  /** When it was written last, as far as the cluster shows. */
  readonly writtenAt?: string | undefined;
};

/**
 * Reads the trigger live and compares its uid, because a message is old when it arrives. Refused if the trigger is gone or was replaced.
 * If the record is about a deletion, or keeps signed evidence, the last reported state stands for an object that is gone.
 */
export async function readTrigger(
  spec: RecordSpec,
  deps: {
    readonly executor: Executor;
    readonly catalog: Catalog;
  },
  signal: AbortSignal,
): Promise<Result<ReadTrigger, RecordEnd>> {
  const { trigger, change, references } = spec;
  const served = findServed(trigger, deps.catalog);
  if (served === undefined) {
    // The resource itself is not served, which says nothing about its objects.
    return refuse(toRefused("NotServed", `the cluster does not serve ${toResourceName(trigger)}`));
  }
  const { group, version, resource, kind, namespaced } = served;
  const { namespace, name } = trigger;
  const target = { group, version, resource, kind, namespace, name };
  const get = { type: "get", as: "trigger", target, orMetadata: true } as const;
  const answer = await deps.executor.read(get, signal);
  const { object, truncated, writtenAt } = answer.type === "object" ? answer : NOTHING;
  if (object?.metadata.uid === trigger.uid) {
    if (change.kind === "deleted") {
      return refuse(toRefused("TriggerExists", `${describeAddress(trigger)} is still there`));
    }
    const { resourceVersion: read } = object.metadata;
    const resourceVersion = typeof read === "string" ? read : "";
    const live = { ...trigger, group, version, resource, kind, namespaced, resourceVersion };
    const found = findReferences(object, deps.catalog);
    return ok({ object, references: found, isLive: true, trigger: live, truncated, writtenAt });
  }
  const evidence = readEvidence(spec);
  if (change.kind === "deleted" || spec.fromEvidence === true || evidence !== undefined) {
    const known = toKnownObject(trigger, evidence);
    return ok({ object: known, references, isLive: false, trigger });
  }
  if (object === null) {
    return refuse(toRefused("TriggerGone", `${describeAddress(trigger)} no longer exists`));
  }
  const message = `${describeAddress(trigger)} was deleted and created again: the request is not about the new object`;
  return refuse(toRefused("TriggerReplaced", message));
}

const NOTHING = { object: null, truncated: undefined, writtenAt: undefined };

/** Everything that is known about an object that cannot be read: its identity, and what was last reported of it. */
export function toKnownObject(trigger: Trigger, reported?: KubernetesObject): KubernetesObject {
  const { group, version, kind, namespace, name, uid } = trigger;
  return {
    ...reported,
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    metadata: {
      ...reported?.metadata,
      name,
      uid,
      ...(namespace === null ? {} : { namespace }),
    },
  };
}

export function toRefused(reason: string, message: string): RecordEnd {
  return { phase: "Refused", reason, message };
}

/** In the version that the rule watches, which is the preferred one: in another one an object has other fields. */
export function findServed(trigger: Trigger, catalog: Catalog): CatalogEntry | undefined {
  return findResource(catalog, toResourceName(trigger));
}
