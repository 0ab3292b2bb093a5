import { readFileSync } from "node:fs";
import { readCheckedPipelineFile } from "../../adapters/checked-pipeline.ts";
import { formatIssues } from "../../adapters/pipeline-issues.ts";
import { describeError, KubemendError } from "../../core/errors.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { sleep } from "../host/sleep.ts";

/** A valid pipeline file. */
export type PipelineSource = {
  readonly file: string;
  readonly pipeline: Pipeline;
  /** As the functions read it, in JSON. */
  readonly document: unknown;
};

/** Throws InvalidPipeline with each issue and its place if the file is not valid, InvalidConfiguration if it does not exist. */
export async function readPipelineSource(file: string): Promise<PipelineSource> {
  const read = await readCheckedPipelineFile(file);
  if (read.ok) return { file, ...read.value };
  const message = formatIssues(file, read.error);
  throw new KubemendError("InvalidPipeline", message, { retryable: false });
}

const LOOK_EVERY_MS = 500;

export type SourceListener = {
  /** The file contains another valid pipeline. */
  readonly onChange: (source: PipelineSource) => Promise<void>;
  /** The file has changed and cannot be used, or using it has failed; the previous pipeline stays in use. */
  readonly onRefused: (message: string) => void;
};

/**
 * Follows a pipeline file until the signal aborts. A content counts once it has been seen twice, as an editor may write it in pieces;
 * one whose use has failed is tried again at its next change.
 */
export async function followPipelineSource(
  first: PipelineSource,
  listener: SourceListener,
  signal: AbortSignal,
): Promise<void> {
  let used = readText(first.file);
  let inUse = first.pipeline.digest;
  let last = used;
  while (!signal.aborted) {
    await sleep(LOOK_EVERY_MS, signal);
    const text = readText(first.file);
    const isSettled = text === last;
    last = text;
    if (signal.aborted || !isSettled || text === used) continue;
    used = text;
    try {
      const source = await readPipelineSource(first.file);
      if (source.pipeline.digest === inUse) continue;
      await listener.onChange(source);
      inUse = source.pipeline.digest;
    } catch (error) {
      if (!signal.aborted) listener.onRefused(describeError(error));
    }
  }
}

/** Undefined if it cannot be read now, as while an editor replaces it. */
function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
