import { KubemendError } from "../../core/errors.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { readPipelineFile } from "../../adapters/pipeline-file.ts";

/** The pipeline of a file that a command is told to use. Throws `InvalidConfiguration` with every fault and its place. */
export async function readPipeline(file: string): Promise<Pipeline> {
  const read = await readPipelineFile(file);
  if (read.ok) return read.value.pipeline;
  const faults = read.error.map(
    ({ line, column, message, hint }) =>
      `${file}:${line}:${column} ${message}${hint === undefined ? "" : ` (${hint})`}`,
  );
  throw new KubemendError("InvalidConfiguration", faults.join("\n"), { retryable: false });
}
