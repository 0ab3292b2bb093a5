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

/** The live trigger, and its references. */
export type LiveTrigger = {
  readonly object: KubernetesObject;
  readonly references: readonly FoundReference[];
};

/**
 * Reads the trigger live and compares its uid, because a message is old when it arrives. Refused if the trigger is gone or was replaced.
 * For a deletion the object must be gone, and what was known about it is used instead.
 */
export async function readTrigger(
  record: RemediationRecord,
  deps: { readonly executor: Executor; readonly catalog: Catalog },
  signal: AbortSignal,
): Promise<Result<LiveTrigger, RecordEnd>> {
  const { trigger, change, references } = record.spec;
  const served = findServed(trigger, deps.catalog);
  if (served === undefined) {
    // The resource itself is not served, which says nothing about its objects.
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
    const message = `${describe(trigger)} was deleted and created again: the request is not about the new object`;
    return refuse(toRefused("TriggerReplaced", message));
  }
  return ok({ object, references: findReferences(object, deps.catalog) });
}

/** Everything that is known about an object that cannot be read. */
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

/** The version that the relay saw, or, if an upgrade removed it, the one that is served now. */
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
