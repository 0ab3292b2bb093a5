import { readFile } from "node:fs/promises";
import { KubemendError } from "../../core/errors.ts";
import { parsePipeline } from "../../core/rules/parse-pipeline.ts";
import type { Pipeline } from "../../core/rules/pipeline.ts";

/**
 * The pipeline that a function decides by. It is packed as JSON, so that a cold start does not run the YAML library; a file
 * that is YAML, or that is at fault, is read with it. Throws `InvalidPipeline` with the first faults and their places.
 */
export async function loadPipeline(path: string): Promise<Pipeline> {
  const packed = await readJson(path);
  const pipeline = packed === undefined ? undefined : parsePipeline(packed);
  if (pipeline?.ok) return pipeline.value;
  const { readPipelineFile } = await import("../pipeline-file.ts");
  const read = await readPipelineFile(path);
  if (read.ok) return read.value.pipeline;
  const faults = read.error
    .slice(0, 5)
    .map(({ line, column, path: at, message }) => `${line}:${column} ${at.join(".")} ${message}`);
  const message = `${path} is not a valid pipeline: ${faults.join("; ")}`;
  throw new KubemendError("InvalidPipeline", message, { retryable: false });
}

/** Undefined for whatever is no JSON file: what is wrong with it is told by the reader of both. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}
