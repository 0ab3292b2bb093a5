// What never moves is in core/actions/move/stationary.ts, because the actions, which are below moves, refuse it too.

/** Resources whose objects a controller makes from their owners: in the owner's cluster they come about by themselves. */
const REMADE: Readonly<Record<string, readonly string[]>> = {
  "deployments.apps": ["replicasets.apps"],
  "replicasets.apps": ["pods"],
  "statefulsets.apps": ["pods", "controllerrevisions.apps"],
  "daemonsets.apps": ["pods", "controllerrevisions.apps"],
  replicationcontrollers: ["pods"],
  "jobs.batch": ["pods"],
  "cronjobs.batch": ["jobs.batch"],
  services: ["endpoints", "endpointslices.discovery.k8s.io"],
  "rollouts.argoproj.io": ["replicasets.apps"],
  endpoints: ["endpointslices.discovery.k8s.io"],
};

/** The same, of objects that run no Pods: one that stays in the source does no harm there. */
const REMADE_WITHOUT_PODS: Readonly<Record<string, readonly string[]>> = {
  "rollouts.argoproj.io": ["analysisruns.argoproj.io", "experiments.argoproj.io"],
  "certificates.cert-manager.io": ["certificaterequests.cert-manager.io"],
  "certificaterequests.cert-manager.io": ["orders.acme.cert-manager.io"],
  "orders.acme.cert-manager.io": ["challenges.acme.cert-manager.io"],
};

/** Whether controllers are known to make objects from those of a resource. */
export function isMaker(resource: string): boolean {
  return Object.hasOwn(REMADE, resource);
}

/** Whether a controller of the target makes an object of `resource` again for its owner, by itself or as the Move says. */
export function isRemade(
  { owner, resource }: { readonly owner: string; readonly resource: string },
  named: readonly string[] = [],
): boolean {
  return (
    named.includes(resource) ||
    [REMADE, REMADE_WITHOUT_PODS].some(
      (made) => Object.hasOwn(made, owner) && made[owner]?.includes(resource) === true,
    )
  );
}
