import type { KubernetesObject } from "../../../events/change.ts";
import type { FoundReference } from "../../../events/reference.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import type { Trigger } from "../../../events/request.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { Catalog, CatalogEntry } from "../../../core/references/catalog.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import type { RecordEnd } from "../../../core/records/record-end.ts";
import { refuse, ok, type Result } from "../../../core/result.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";

/** The trigger as it is now, and what it refers to. */
export type LiveTrigger = {
  readonly object: KubernetesObject;
  readonly references: readonly FoundReference[];
};

/**
 * Reads the trigger live and confirms its uid: a message is old when it arrives. Gone or replaced is refused.
 * For a deletion it is the other way round: the object must be gone, and what was known of it stands for it.
 */
export async function readTrigger(
  record: RemediationRecord,
  deps: { readonly executor: Executor; readonly catalog: Catalog },
  signal: AbortSignal,
): Promise<Result<LiveTrigger, RecordEnd>> {
  const { trigger, change, references } = record.spec;
  const served = findServed(trigger, deps.catalog);
  if (served === undefined) {
    // The resource itself is not served: that says nothing about its objects.
    return refuse(toRefused("NotServed", `the cluster does not serve ${toResourceName(trigger)}`));
  }
  const { group, version, resource, kind } = served;
  const { namespace, name } = trigger;
  const target = { group, version, resource, kind, namespace, name };
  const answer = await deps.executor.read({ type: "get", as: "trigger", target }, signal);
  const object = answer.type === "object" ? answer.object : null;
  const isAlive = object?.metadata.uid === trigger.uid;
  if (change.kind === "deleted") {
    if (!isAlive) return ok({ object: toKnownObject(trigger), references });
    return refuse(toRefused("TriggerExists", `${describe(trigger)} is still there`));
  }
  if (object === null) {
    return refuse(toRefused("TriggerGone", `${describe(trigger)} no longer exists`));
  }
  if (!isAlive) {
    const message = `${describe(trigger)} was deleted and created anew: another object, which this is not about`;
    return refuse(toRefused("TriggerReplaced", message));
  }
  return ok({ object, references: findReferences(object, deps.catalog) });
}

/** All that is known of an object that cannot be read. */
export function toKnownObject(trigger: Trigger): KubernetesObject {
  const { group, version, kind, namespace, name, uid } = trigger;
  return {
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    metadata: { name, uid, ...(namespace === null ? {} : { namespace }) },
  };
}

export function toRefused(reason: string, message: string): RecordEnd {
  return { phase: "Refused", reason, message };
}

/** The version that the relay saw, or, where an upgrade took it away, the one that is served now. */
export function findServed(trigger: Trigger, catalog: Catalog): CatalogEntry | undefined {
  return (
    catalog.entries.find(
      (entry) =>
        entry.group === trigger.group &&
        entry.version === trigger.version &&
        entry.resource === trigger.resource,
    ) ?? findResource(catalog, toResourceName(trigger))
  );
}

function describe({ kind, namespace, name }: Trigger): string {
  return `${kind} ${namespace === null ? "" : `${namespace}/`}${name}`;
}
