import { readFile } from "node:fs/promises";
import type { Result } from "../core/result.ts";
import { parsePipelineText, type LocatedIssue, type PipelineFile } from "./pipeline-file.ts";

/** The content of a pipeline file, each time its text has changed. */
export type PipelineFileChanges = {
  /** Undefined if the text has not changed since the last call. Throws if the file cannot be read. */
  readonly read: () => Promise<Result<PipelineFile, readonly LocatedIssue[]> | undefined>;
};

/**
 * Compares the text instead of watching the file: the files of a mounted ConfigMap are symbolic links that are replaced together, and
 * a file system watch on one of them reports nothing.
 * @see https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
 */
export function createPipelineFileChanges(path: string): PipelineFileChanges {
  let last: string | undefined;
  return {
    async read() {
      const text = await readFile(path, "utf8");
      if (text === last) return undefined;
      last = text;
      return parsePipelineText(text);
    },
  };
}
