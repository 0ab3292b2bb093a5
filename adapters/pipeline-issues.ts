import { toPrintable } from "../core/text/printable.ts";
import type { LocatedIssue } from "./pipeline-file.ts";

/** How places and hints are shown, such as by colours. */
export type Paint = {
  readonly place: (text: string) => string;
  readonly hint: (text: string) => string;
};

const PLAIN: Paint = { place: (text) => text, hint: (text) => text };

/**
 * The faults of a pipeline file as every command, the relay and the build report them: a line for each in the format of compilers,
 * below it how to correct it, and at the end their number.
 */
export function formatIssues(
  file: string,
  issues: readonly LocatedIssue[],
  paint: Paint = PLAIN,
): string {
  const lines = issues.flatMap(({ line, column, path, message, hint }) => [
    `${paint.place(`${file}:${line}:${column}`)} ${formatPath(path)}${toPrintable(message)}`,
    ...(hint === undefined ? [] : [`    ${paint.hint(toPrintable(hint))}`]),
  ]);
  const { length: count } = issues;
  const sum = `${file} is not a valid pipeline: ${count} issue${count === 1 ? "" : "s"}.`;
  return [...lines, sum].join("\n");
}

function formatPath(path: LocatedIssue["path"]): string {
  if (path.length === 0) return "";
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return `${toPrintable(text.replace(/^\./, ""))}: `;
}
