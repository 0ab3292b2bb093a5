import type { ResourceType } from "../../../events/change.ts";
import { chooseVersions } from "../../mirror/choose-version.ts";
import type { Catalog } from "../../references/catalog.ts";
import { refuse } from "../../result.ts";
import type { ChosenVersion } from "./plan-input.ts";

/**
 * The version in which an object is read in the source and written in the target. Both have to serve it: a move deletes the source, so
 * fields that the target's version does not have would be lost. Refused with NotServed, NoSharedVersion or OtherScope.
 */
export function chooseMovedVersion(
  resource: string,
  source: Catalog,
  target: Catalog,
): ChosenVersion {
  const chosen = chooseVersions(resource, source, target);
  if (!chosen.ok) return chosen;
  const { read, write } = chosen.value;
  if (read.version === write.version) {
    const movesStatus = hasPlainStatus(source, read) && hasPlainStatus(target, write);
    return { ok: true, value: write, ...(movesStatus ? { movesStatus } : {}) };
  }
  const message = `the source serves ${resource} as ${read.version} and the target as ${write.version}: there is no version that both serve`;
  return refuse({ code: "NoSharedVersion", message });
}

function hasPlainStatus({ entries }: Catalog, { group, version, resource }: ResourceType): boolean {
  return entries.some(
    (entry) =>
      entry.hasPlainStatus === true &&
      entry.group === group &&
      entry.version === version &&
      entry.resource === resource,
  );
}
