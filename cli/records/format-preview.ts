import pc from "picocolors";
import { toPrintable } from "../../core/text/printable.ts";

/**
 * The lines of the preview of a plan: each step, and below it the diff of its object, in colours on a terminal. The texts come from a
 * record: only their line ends are taken as such.
 */
export function formatPreview(preview: readonly string[]): readonly string[] {
  return preview.flatMap((text) => {
    const [step = "", ...diff] = text.split("\n").map(toPrintable);
    return [step, ...formatDiff(diff)];
  });
}

/** The lines of a diff, printable already, indented below what they belong to. */
export function formatDiff(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `    ${colour(line)}`);
}

function colour(line: string): string {
  if (line.startsWith("+ ")) return pc.green(line);
  return line.startsWith("- ") ? pc.red(line) : pc.dim(line);
}
