import type { MovePause } from "../../events/moves/move.ts";

const FLUX_SUSPENDED = [
  "kustomizations.kustomize.toolkit.fluxcd.io",
  "helmreleases.helm.toolkit.fluxcd.io",
  "gitrepositories.source.toolkit.fluxcd.io",
  "ocirepositories.source.toolkit.fluxcd.io",
  "helmrepositories.source.toolkit.fluxcd.io",
  "buckets.source.toolkit.fluxcd.io",
  "receivers.notification.toolkit.fluxcd.io",
  "imageupdateautomations.image.toolkit.fluxcd.io",
  "terraforms.infra.contrib.fluxcd.io",
];

/** Not kafkatopics, whose deletion this pause does not hold up. */
const STRIMZI_PAUSED = [
  "kafkas.kafka.strimzi.io",
  "kafkaconnects.kafka.strimzi.io",
  "kafkamirrormaker2s.kafka.strimzi.io",
  "kafkabridges.kafka.strimzi.io",
];

/** The places at which objects of well-known resources are paused. A move names further ones in `pause`, or other places for these. */
const KNOWN_PAUSES: readonly MovePause[] = [
  { resource: "clusters.cluster.x-k8s.io", field: "spec.paused" },
  { resource: "clusterclasses.cluster.x-k8s.io", annotation: "cluster.x-k8s.io/paused" },
  { resource: "cronjobs.batch", field: "spec.suspend" },
  { resource: "applications.argoproj.io", annotation: "argocd.argoproj.io/skip-reconcile" },
  { resource: "scaledobjects.keda.sh", annotation: "autoscaling.keda.sh/paused" },
  ...FLUX_SUSPENDED.map((resource) => ({ resource, field: "spec.suspend" })),
  ...STRIMZI_PAUSED.map((resource) => ({
    resource,
    annotation: "strimzi.io/pause-reconciliation",
  })),
];

/** Groups whose resources are generated: all that Crossplane manages heeds its pause. */
const CROSSPLANE_GROUP = /\.(?:crossplane|upbound)\.io$/;

function findKnown(resource: string): MovePause | undefined {
  const known = KNOWN_PAUSES.find((pause) => pause.resource === resource);
  if (known !== undefined || !CROSSPLANE_GROUP.test(resource)) return known;
  return { resource, annotation: "crossplane.io/paused" };
}

/** The pause of a resource; undefined if its objects cannot be paused. The places that the move names precede the known ones. */
export function findPause(
  resource: string,
  named: readonly MovePause[] | undefined,
): { readonly field?: string; readonly annotation?: string } | undefined {
  const found = named?.find((pause) => pause.resource === resource) ?? findKnown(resource);
  if (found === undefined) return undefined;
  const { field, annotation } = found;
  return {
    ...(field === undefined ? {} : { field }),
    ...(annotation === undefined ? {} : { annotation }),
  };
}
