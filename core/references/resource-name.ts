import type { ResourceType } from "../../events/change.ts";
/** `pods`, `jobs.batch`. */
export function toResourceName(resource: Pick<ResourceType, "group" | "resource">): string {
  return resource.group === "" ? resource.resource : `${resource.resource}.${resource.group}`;
}
