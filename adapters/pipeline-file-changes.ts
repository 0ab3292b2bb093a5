import { readFile } from "node:fs/promises";
import type { Result } from "../core/result.ts";
import { parsePipelineText, type LocatedIssue, type PipelineFile } from "./pipeline-file.ts";

/** What a pipeline file says, each time that its text is another one. */
export type PipelineFileChanges = {
  /** Undefined where the text is the one of the last time. Throws where the file cannot be read. */
  readonly read: () => Promise<Result<PipelineFile, readonly LocatedIssue[]> | undefined>;
};

/**
 * Looks at the text, not at the file system's word: the files of a mounted ConfigMap are links that are exchanged as a whole,
 * and a watch on one of them stays silent.
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
