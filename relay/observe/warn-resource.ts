import type { Logger } from "pino";
import type { ResourceType } from "../../events/change.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import type { ResourceOrigin } from "../../adapters/kubernetes/api/custom-resources.ts";
import type { AbsentWatch } from "../plan/planned-watch.ts";

/** A resource that the cluster does not serve may be misspelled: then the file looks right, and nothing is ever reported. */
export function warnAbsent(log: Logger, { key, name, meant }: AbsentWatch): void {
  const question = meant === undefined ? "" : ` (did you mean ${meant}?)`;
  log.warn(
    { watch: key, resource: name },
    `the cluster serves no resource ${name} now; it will be watched as soon as it does${question}`,
  );
}

/** The watch of such a resource cannot be resumed, which costs a snapshot each time. */
export function warnUnordered(log: Logger, resource: ResourceType, origin: ResourceOrigin): void {
  const name = toResourceName(resource);
  const consequence = `a snapshot of ${name} is taken instead of resuming its watch`;
  if (origin.origin !== "unknown") {
    log.info({ resource: name }, `${name} is served by an aggregated API: ${consequence}`);
    return;
  }
  const rule = `{apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], resourceNames: ["${name}"], verbs: ["get"]}`;
  log.warn(
    { resource: name },
    `whether ${name} is a custom resource is not known, so ${consequence}: ${origin.reason} (add ${rule} to the relay's ClusterRole)`,
  );
}
