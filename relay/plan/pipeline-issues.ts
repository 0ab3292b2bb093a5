import type { LocatedIssue } from "../../adapters/pipeline-file.ts";

/** A line for each issue of a pipeline file, in the format of compilers. */
export function describePipelineIssues(path: string, issues: readonly LocatedIssue[]): string {
  const lines = issues.map(({ line, column, message, path: place, hint }) => {
    const where = place.length === 0 ? "" : `${place.join(".")} `;
    return `${path}:${line}:${column}: ${where}${message}${hint === undefined ? "" : ` (${hint})`}`;
  });
  return lines.join("\n");
}
