import type { ResourceType } from "../../events/change.ts";
import type { FieldDigests } from "../../core/changes/compare-fields.ts";
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
    readonly known: KnownObject | undefined;
    readonly gap: boolean;
    readonly initial?: readonly string[];
    /** Of the fields that rules compare, in the state that was read. */
    readonly digests?: FieldDigests | undefined;
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
    ...toComparison(change, facts, resourceVersion),
    object,
    ...(truncated === undefined ? {} : { truncated }),
  };
}

/**
 * The states before a gap are not all known, and an object that is added has no earlier state: then there is nothing to compare with.
 */
function toComparison(
  change: "added" | "modified" | "deleted",
  {
    known,
    gap,
    initial,
    digests,
  }: {
    readonly known: KnownObject | undefined;
    readonly gap: boolean;
    readonly initial?: readonly string[];
    readonly digests?: FieldDigests | undefined;
  },
  resourceVersion: string,
): Pick<Change, "comparison" | "resent"> {
  if (change === "deleted" || digests === undefined) return {};
  const isNext = change === "modified" && !gap && initial === undefined;
  return {
    comparison: { digests, before: isNext ? known?.digests : undefined },
    ...(known?.sentVersion === resourceVersion ? { resent: true } : {}),
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
