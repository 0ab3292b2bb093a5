/** Kubernetes Events, by either of their names. */
export function isEvents(resource: unknown): boolean {
  return resource === "events" || resource === "events.events.k8s.io";
}
