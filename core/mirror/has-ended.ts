import type { KubernetesObject } from "../../events/change.ts";
import { readField } from "../json/read-json.ts";
import { readJobEnd } from "../operations/job-end.ts";
import { isTerminating, runsOnce, type Manifest } from "./manifest.ts";

/**
 * Whether the source is a Job or a Pod that has run to its end, or is being deleted, and a copy that is created of it would run. A controller
 * or a person of the target may have deleted the copy, which is no reason to run it again.
 */
export function hasEnded(source: KubernetesObject, manifest: Manifest): boolean {
  if (!runsOnce(source)) return false;
  if (readField(manifest, "spec", "suspend") === true) return false;
  const phase = readField(source, "status", "phase");
  return (
    isTerminating(source) ||
    readJobEnd(source) !== undefined ||
    (source.kind === "Pod" && (phase === "Succeeded" || phase === "Failed"))
  );
}
