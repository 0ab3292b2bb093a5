import { KubemendError } from "../../core/errors.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { readPipelineFile } from "../../adapters/pipeline-file.ts";

/** The pipeline in a file that the user named. Throws `InvalidConfiguration` with every issue and its place. */
export async function readPipeline(file: string): Promise<Pipeline> {
  const read = await readPipelineFile(file);
  if (read.ok) return read.value.pipeline;
  const issues = read.error.map(
    ({ line, column, message, hint }) =>
      `${file}:${line}:${column} ${message}${hint === undefined ? "" : ` (${hint})`}`,
  );
  throw new KubemendError("InvalidConfiguration", issues.join("\n"), { retryable: false });
}
