import { KubemendError } from "../../core/errors.ts";
import type { Pipeline } from "../../core/rules/pipeline.ts";
import { readPipelineFile } from "../pipeline-file.ts";

/** The pipeline that a function decides by. Throws `InvalidPipeline` with the first faults and their places. */
export async function loadPipeline(path: string): Promise<Pipeline> {
  const read = await readPipelineFile(path);
  if (read.ok) return read.value.pipeline;
  const faults = read.error
    .slice(0, 5)
    .map(({ line, column, path: at, message }) => `${line}:${column} ${at.join(".")} ${message}`);
  const message = `${path} is not a valid pipeline: ${faults.join("; ")}`;
  throw new KubemendError("InvalidPipeline", message, { retryable: false });
}
