import type { ResourceType } from "../../events/change.ts";
import { isAffected } from "../cel/read-paths.ts";
import { EACH } from "../json/field-pattern.ts";
import type { ChangePath } from "../operations/operation.ts";
import { SECRET_PATHS } from "./redact.ts";
import { findRedactedPaths, type DeclaredRedactions } from "./redactor.ts";

/** Whether a field, or a part of it, never leaves the cluster: its value can be neither in a plan nor in a message. */
export function isRedactedChange(
  pipeline: DeclaredRedactions,
  resource: Pick<ResourceType, "group" | "resource">,
  path: ChangePath,
): boolean {
  const isSecrets = resource.group === "" && resource.resource === "secrets";
  const patterns = [...(isSecrets ? SECRET_PATHS : []), ...findRedactedPaths(pipeline, resource)];
  const read = {
    path: path.map((segment) => (typeof segment === "string" ? segment : EACH)),
    whole: true,
  };
  return patterns.some((pattern) => isAffected(read, pattern));
}
