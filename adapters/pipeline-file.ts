import { readFile } from "node:fs/promises";
import { LineCounter, parseDocument, type Document } from "yaml";
import { describeError, KubemendError } from "../core/errors.ts";
import { refuse, ok, type Result } from "../core/result.ts";
import { parsePipeline } from "../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline, PipelineIssue } from "../core/pipeline/pipeline.ts";
import { findOffset } from "./yaml-position.ts";

/** An issue with its position in the file; both numbers start at 1, the column counts UTF-16 units. */
export type LocatedIssue = PipelineIssue & { readonly line: number; readonly column: number };

/** A pipeline must fit into a ConfigMap, which is limited to 1 MiB: https://kubernetes.io/docs/concepts/configuration/configmap/ */
const MAX_FILE_LENGTH = 1024 * 1024;
/** How often one alias may be repeated; above that the file is an expansion attack rather than a configuration. */
const MAX_ALIAS_COUNT = 100;

export type PipelineFile = {
  readonly pipeline: Pipeline;
  readonly document: unknown;
  /** Adds positions to issues that another check found, and sorts them by position. */
  readonly locate: (issues: readonly PipelineIssue[]) => readonly LocatedIssue[];
};

/**
 * Reads a pipeline from YAML or JSON. Refuses with all issues at once, in the file's order, each at its key or value. `document` is
 * the parsed document: as JSON it is the same pipeline with the same digest.
 * Throws `InvalidConfiguration` if the file itself cannot be read.
 */
export async function readPipelineFile(
  path: string,
): Promise<Result<PipelineFile, readonly LocatedIssue[]>> {
  return parsePipelineText(await readText(path));
}

/** The same for a text that was already read. */
export function parsePipelineText(text: string): Result<PipelineFile, readonly LocatedIssue[]> {
  if (text.length > MAX_FILE_LENGTH) {
    const message = `is longer than ${MAX_FILE_LENGTH} characters: no ConfigMap holds it`;
    return refuse([{ path: [], message, line: 1, column: 1 }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
  });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return refuse(
      faults.map((fault) => ({
        path: [],
        message: `YAML: ${fault.message}`,
        ...toPlace(lines, fault.pos[0]),
      })),
    );
  }
  const json = toJson(document);
  if (!json.ok) return refuse([{ path: [], message: json.error, line: 1, column: 1 }]);
  const pipeline = parsePipeline(json.value);
  const locateHere: PipelineFile["locate"] = (issues) => locate(issues, document, text, lines);
  return pipeline.ok
    ? ok({ pipeline: pipeline.value, document: json.value, locate: locateHere })
    : refuse(locateHere(pipeline.error));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === "ENOENT"
        ? "there is no such file"
        : code === "EISDIR"
          ? "it is a folder"
          : describeError(error);
    const message = `cannot read the pipeline file ${path}: ${reason}`;
    throw new KubemendError("InvalidConfiguration", message, { retryable: false, cause: error });
  }
}

function toJson(document: Document.Parsed): Result<unknown, string> {
  try {
    return ok(document.toJS({ maxAliasCount: MAX_ALIAS_COUNT }) as unknown);
  } catch (error) {
    return refuse(`YAML: ${describeError(error)}`);
  }
}

function locate(
  issues: readonly PipelineIssue[],
  document: Document.Parsed,
  text: string,
  lines: LineCounter,
): readonly LocatedIssue[] {
  return issues
    .map((issue) => ({ ...issue, ...toPlace(lines, findOffset(document, text, issue)) }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function toPlace(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
