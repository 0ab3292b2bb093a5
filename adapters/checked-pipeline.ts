import { findTypeFaults } from "../core/pipeline/check/type-faults.ts";
import { ok, refuse, type Result } from "../core/result.ts";
import { loadBuiltinTypes, type FindType } from "../core/schemas/builtin-types.ts";
import { readPipelineFile, type LocatedIssue, type PipelineFile } from "./pipeline-file.ts";

/**
 * Reads a pipeline file as `readPipelineFile` does, and refuses what the types of Kubernetes' own kinds show to be wrong. For commands
 * and builds; the relay does without the types, so that it never refuses to run in a cluster that is newer than they are.
 */
export async function readCheckedPipelineFile(
  path: string,
): Promise<Result<PipelineFile, readonly LocatedIssue[]>> {
  const read = await readPipelineFile(path);
  return read.ok ? checkTypes(read.value, await loadBuiltinTypes()) : read;
}

/** Refuses a pipeline with what the types of its resources show. */
export function checkTypes(
  file: PipelineFile,
  findType: FindType,
): Result<PipelineFile, readonly LocatedIssue[]> {
  const faults = findTypeFaults(file.pipeline, findType);
  return faults.length === 0 ? ok(file) : refuse(file.locate(faults));
}
