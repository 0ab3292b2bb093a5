import { readdirSync } from "node:fs";
import { join } from "node:path";
import { findProjectRoot } from "../host/project-root.ts";

/** The definitions, or the admission policies, that a cluster with Kubemend has: the paths of all YAML files of that folder of `infra/`. */
export function listInfraFiles(folder: "crds" | "admission"): readonly string[] {
  const path = join(findProjectRoot(), "infra", folder);
  return readdirSync(path)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => join(path, file));
}
