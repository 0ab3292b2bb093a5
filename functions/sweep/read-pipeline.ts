import { readFile } from "node:fs/promises";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";

/** The sweep needs the pipeline only for mirrors and moves, and to know other clusters. */
const NEEDED = /"(?:mirror|moves?|clusters)"/;

/** The packed pipeline, read once; undefined if the sweep needs nothing of it, so that no code that reads pipelines is loaded. */
export function createReadPipeline(path: string): () => Promise<Pipeline | undefined> {
  let read: Promise<Pipeline | undefined> | undefined;
  const load = async (): Promise<Pipeline | undefined> => {
    if (!NEEDED.test(await readFile(path, "utf8"))) return undefined;
    const { loadPipeline } = await import("../../adapters/lambda/load-pipeline.ts");
    return loadPipeline(path);
  };
  return () => {
    read ??= load();
    read.catch(() => (read = undefined));
    return read;
  };
}
