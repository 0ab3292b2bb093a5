import type { KubernetesObject } from "../../../events/change.ts";
import type { CopyPlace } from "../../../adapters/kubernetes/mirror/write-copy.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { hasOptedOut, REMEDIATE_KEY } from "../../../core/decide/left-alone.ts";
import type { MirrorDecision } from "../../../core/mirror/mirror-decision.ts";
import { formatPlace } from "../../../core/mirror/manifest.ts";
import { readNamespaceOf } from "./namespaces.ts";
import { fromTarget } from "./target-failure.ts";

const WRITES: ReadonlySet<MirrorDecision["outcome"]> = new Set(["create", "update", "delete"]);

/**
 * The decision, or a conflict instead of a write that the owner of the target's object, or of its namespace, does not want. `live` is the
 * object at the copy's place; null if there is none.
 */
export async function heedOptOut(
  decision: MirrorDecision,
  live: KubernetesObject | null,
  place: Pick<CopyPlace, "client" | "target">,
  signal: AbortSignal,
): Promise<MirrorDecision> {
  if (!WRITES.has(decision.outcome)) return decision;
  try {
    const owner = await findOptOut(live, place, signal);
    if (owner === undefined) return decision;
    const { target } = place;
    const what = `${target.kind} ${formatPlace(target)} of the target`;
    const message = `${what} is left as it is: ${owner} has ${REMEDIATE_KEY}: "false"`;
    return { outcome: "conflict", code: "OptedOut", message };
  } catch (error) {
    // Nobody knows whether it may be written.
    if (!isKubemendError(error)) throw error;
    return { outcome: "refused", code: error.code, message: error.message };
  }
}

/** The part of the target whose owner does not want it to be changed; undefined if there is none. Throws a TargetFailure or a KubemendError. */
export async function findOptOut(
  live: KubernetesObject | null,
  { client, target }: Pick<CopyPlace, "client" | "target">,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (hasOptedOut(live)) return "it";
  const namespace = await fromTarget(readNamespaceOf(client, target.namespace, signal));
  return hasOptedOut(namespace) ? "its namespace" : undefined;
}
