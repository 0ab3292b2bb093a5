import type { ResourceType } from "../../events/change.ts";
import type { KnownState } from "../../core/changes/derive-change.ts";
import type { ReadObject } from "../../core/changes/read-object.ts";
import type { Change } from "./change.ts";
import { toIdentityObject } from "./identity-object.ts";
import type { KnownObject } from "./known-objects.ts";

/** A change of an object that was read. */
export function toChange(
  watch: string,
  change: "added" | "modified" | "deleted",
  seen: { readonly read: ReadObject; readonly readAtMs: number },
  facts: {
    readonly known: KnownState | undefined;
    readonly gap: boolean;
    readonly initial?: readonly string[];
  },
): Change {
  const { uid, namespace, name, resourceVersion, generation, object, truncated } = seen.read;
  const { known } = facts;
  const isReturn = known?.standing === "tombstone" && known.resourceVersion === resourceVersion;
  return {
    watch,
    uid,
    namespace,
    name,
    change,
    resourceVersion,
    generation,
    gap: facts.gap,
    initial: facts.initial,
    delivered: known !== undefined && known.standing !== "tombstone",
    ...(isReturn ? { onlyNamespace: true } : {}),
    readAtMs: seen.readAtMs,
    object,
    ...(truncated === undefined ? {} : { truncated }),
  };
}

/** A deletion that was found by comparing: only the object's identity is known. */
export function toComparedDeletion(
  watch: { readonly key: string; readonly resource: ResourceType },
  gone: KnownObject,
  seen: { readonly resourceVersion: string; readonly readAtMs: number },
): Change {
  const { uid, name, namespace, generation } = gone;
  return {
    watch: watch.key,
    uid,
    namespace,
    name,
    change: "deleted",
    resourceVersion: seen.resourceVersion,
    generation,
    gap: true,
    initial: undefined,
    delivered: true,
    readAtMs: seen.readAtMs,
    object: toIdentityObject(watch.resource, gone),
  };
}
