import type { AlertGroup } from "../../../events/alert-group.ts";
import type { Grouped } from "../../../core/alerts/groups/group-of.ts";

/** A stored group, as its changes name it. */
export function toGrouped({ metadata, spec, status }: AlertGroup): Grouped {
  const { windowSeconds, repeatSeconds } = status;
  return { name: metadata.name, spec, windowSeconds, repeatSeconds };
}
