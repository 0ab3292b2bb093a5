import { toAppliedDigest, type JobManifest } from "../../operations/job-manifest.ts";
import { toJobName } from "../job/job-name.ts";

/** The name that a Job has under the policy `newName`: another one for each content, so that applying the same again creates nothing. */
export function toAppliedName(base: string, manifest: JobManifest): string {
  return toJobName(base, manifest.spec, [toAppliedDigest(manifest)]);
}
