import type { ResourceType } from "../../events/change.ts";

/** The name that pipelines use: `pods`, `jobs.batch`. */
export function toResourceName(resource: Pick<ResourceType, "group" | "resource">): string {
  return resource.group === "" ? resource.resource : `${resource.resource}.${resource.group}`;
}
