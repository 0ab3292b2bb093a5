import { findUnmirrored } from "../../../core/mirror/judge-source.ts";
import { mapPlace } from "../../../core/mirror/map-place.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { readNamespaceOf } from "./namespaces.ts";
import type { SourceDeps } from "./read-source.ts";
import type { ObjectWork } from "./transfer-context.ts";

const NAMESPACES = "namespaces";

/**
 * Whether the namespace that the target lacks is to come: a rule mirrors that of the source to it, and the time for which a message waits is
 * not over. A namespace and the objects in it are often created at once, and their messages come in any order.
 */
export async function awaitsNamespace(
  { rules, source, target, object, ownersUntilMs, now }: ObjectWork,
  { copy, catalogs }: SourceDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace } = object;
  const type = findResource(catalogs.source, NAMESPACES);
  if (namespace === null || type === undefined || now() >= ownersUntilMs) return false;
  const towards = rules.filter(
    ({ rule, mirror }) =>
      rule.on.resource === NAMESPACES &&
      rule.mode !== "dryRun" &&
      mirror.to.includes(target.name) &&
      mapPlace({ namespace: null, name: namespace }, NAMESPACES, mirror).name === copy.namespace,
  );
  if (towards.length === 0) return false;
  const live = await readNamespaceOf(source.client, namespace, signal);
  if (live === null) return false;
  const cluster = { name: source.name, uid: source.uid };
  return towards.some(({ rule }) => findUnmirrored(live, { rule, cluster, type }) === undefined);
}
