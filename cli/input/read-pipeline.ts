import { readCheckedPipelineFile } from "../../adapters/checked-pipeline.ts";
import {
  parsePipelineText,
  readPipelineFile,
  type LocatedIssue,
  type PipelineFile,
} from "../../adapters/pipeline-file.ts";
import { formatIssues } from "../../adapters/pipeline-issues.ts";
import { KubemendError } from "../../core/errors.ts";
import type { Result } from "../../core/result.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { readInput } from "./read-input.ts";

/** The name of `-` in messages. */
export const STANDARD_INPUT = "standard input";

/**
 * The pipeline in a file that the user named. Throws `InvalidPipeline`, with every issue and its place as `kubemend validate` prints
 * them, if it is not valid, and `InvalidConfiguration` if the file cannot be read.
 */
export async function readPipeline(file: string): Promise<Pipeline> {
  const read = await readCheckedPipelineFile(file);
  if (read.ok) return read.value.pipeline;
  const message = formatIssues(file, read.error);
  throw new KubemendError("InvalidPipeline", message, { retryable: false });
}

/** The same for a file or, for `-`, standard input; the types of its expressions are not checked yet. */
export async function readPipelineInput(
  file: string,
): Promise<Result<PipelineFile, readonly LocatedIssue[]>> {
  if (file !== "-") return readPipelineFile(file);
  return parsePipelineText(await readInput(file, process.stdin));
}
