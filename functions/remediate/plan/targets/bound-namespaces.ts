import type { FanOutOperation } from "../../../../core/operations/fan-out.ts";
import type { FoundTarget } from "./found-target.ts";

/** How many namespaces are named. */
const NAMED_MAX = 3;

/**
 * The targets, of which those in namespaces with more than `atMostPerNamespace` are refused with TooManyTargets: what a tenant creates does
 * not decide whether the others' objects are acted upon.
 */
export function boundNamespaces(
  { atMostPerNamespace }: FanOutOperation,
  found: readonly FoundTarget[],
): readonly FoundTarget[] {
  if (atMostPerNamespace === undefined) return found;
  const counts = countByNamespace(found);
  return found.map((target) => {
    const count = counts.get(target.namespace) ?? 0;
    if (target.refusal !== undefined || count <= atMostPerNamespace) return target;
    const message = `is one of ${count} in its namespace, and atMostPerNamespace is ${atMostPerNamespace}, so nothing is done in it`;
    return { ...target, refusal: { code: "TooManyTargets", message } };
  });
}

/** `, most of them in batch (600), shop (20)`; empty if all are in one namespace. */
export function describeLargest(found: readonly FoundTarget[]): string {
  const counts = [...countByNamespace(found)];
  if (counts.length < 2) return "";
  const named = counts
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, NAMED_MAX)
    .map(([namespace, count]) => `${namespace ?? ""} (${count})`);
  return `, most of them in ${named.join(", ")}`;
}

function countByNamespace(found: readonly FoundTarget[]): ReadonlyMap<string | null, number> {
  const counts = new Map<string | null, number>();
  for (const { namespace, refusal } of found) {
    if (refusal === undefined) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  }
  return counts;
}
