import { join } from "node:path";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { readPipelineSource } from "../../../sandbox/pipeline/pipeline-source.ts";
import {
  startPipeline,
  type PipelineOptions,
  type RunningPipeline,
} from "../../../sandbox/pipeline/start-pipeline.ts";

/** Starts relay and functions as they are built, with the pipeline of a file. */
export async function startBuiltPipeline({
  file,
  ...options
}: Omit<PipelineOptions, "source" | "functions" | "script"> & {
  readonly file: string;
}): Promise<RunningPipeline> {
  const dist = join(findProjectRoot(), "dist");
  const source = await readPipelineSource(file);
  const built = { functions: join(dist, "functions"), script: join(dist, "kubemend.mjs") };
  return startPipeline({ ...options, ...built, source }, new AbortController().signal);
}
