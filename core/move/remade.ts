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
  endpoints: ["endpointslices.discovery.k8s.io"],
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
    (Object.hasOwn(REMADE, owner) && REMADE[owner]?.includes(resource) === true)
  );
}
