import type { MovePause } from "../../events/moves/move.ts";

/** The places at which objects of well-known resources are paused. A move names further ones in `pause`, or other places for these. */
const KNOWN_PAUSES: readonly MovePause[] = [
  { resource: "clusters.cluster.x-k8s.io", field: "spec.paused" },
  { resource: "clusterclasses.cluster.x-k8s.io", annotation: "cluster.x-k8s.io/paused" },
  { resource: "cronjobs.batch", field: "spec.suspend" },
  { resource: "kustomizations.kustomize.toolkit.fluxcd.io", field: "spec.suspend" },
  { resource: "helmreleases.helm.toolkit.fluxcd.io", field: "spec.suspend" },
];

/** The pause of a resource; undefined if its objects cannot be paused. The places that the move names precede the known ones. */
export function findPause(
  resource: string,
  named: readonly MovePause[] | undefined,
): { readonly field?: string; readonly annotation?: string } | undefined {
  const found = [...(named ?? []), ...KNOWN_PAUSES].find((pause) => pause.resource === resource);
  if (found === undefined) return undefined;
  const { field, annotation } = found;
  return {
    ...(field === undefined ? {} : { field }),
    ...(annotation === undefined ? {} : { annotation }),
  };
}
