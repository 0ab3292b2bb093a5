/** Whether a resource name is one of the two names of Kubernetes Events. */
export function isEvents(resource: unknown): boolean {
  return resource === "events" || resource === "events.events.k8s.io";
}
