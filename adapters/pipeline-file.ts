import { readFile } from "node:fs/promises";
import { isAlias, LineCounter, parseDocument, visit, type Document } from "yaml";
import { KubemendError } from "../core/errors.ts";
import { refuse, ok, type Result } from "../core/result.ts";
import { findNonJson } from "../core/json/find-non-json.ts";
import { quote } from "../core/text/quote.ts";
import { adviseAll } from "../core/pipeline/advice/advise.ts";
import { findRuleFaults } from "../core/pipeline/check/check-pipeline.ts";
import { parsePipeline } from "../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline, PipelineIssue } from "../core/pipeline/pipeline.ts";
import { findSplitCel, type YamlFault } from "./unquoted-cel.ts";
import { describeFileError } from "./describe-file-error.ts";
import { holdsCredential, toYamlFaults } from "./yaml-faults.ts";
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
  /** As it was read. */
  readonly text: string;
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
  const document = readYaml(text, lines);
  if (!document.ok) {
    return refuse(
      document.error.map(({ message, hint, offset }) => ({
        path: [],
        message,
        hint,
        ...toPlace(lines, offset),
      })),
    );
  }
  const value = document.value.toJS({ maxAliasCount: MAX_ALIAS_COUNT }) as unknown;
  const locateHere: PipelineFile["locate"] = (issues) =>
    locate(issues, document.value, text, lines);
  // An alias may contain itself: nothing else looks into a document that has no end.
  const nonJson = findNonJson(value);
  if (nonJson !== undefined) return refuse(locateHere([nonJson]));
  const parsed = parsePipeline(value);
  const issues = parsed.ok ? [] : adviseAll(parsed.error, value);
  const faults = [...issues, ...findRuleFaults(value).filter((fault) => !isKnown(fault, issues))];
  if (!parsed.ok || faults.length > 0) return refuse(locateHere(faults));
  return ok({ pipeline: parsed.value, document: value, text, locate: locateHere });
}

/** A document that can be converted to JSON values, or its faults. */
function readYaml(
  text: string,
  lineCounter: LineCounter,
): Result<Document.Parsed, readonly YamlFault[]> {
  try {
    const options = { lineCounter, prettyErrors: false, logLevel: "error" } as const;
    const document = parseDocument(text, options);
    const problems = [...document.errors, ...document.warnings];
    if (problems.length > 0) return refuse(toYamlFaults(text, problems));
    const faults = [...findAliasFaults(document, text), ...findSplitCel(text, document)];
    if (faults.length > 0) return refuse(faults);
    // Converted once to see whether its aliases can be followed.
    document.toJS({ maxAliasCount: MAX_ALIAS_COUNT });
    return ok(document);
  } catch (error) {
    const message =
      error instanceof RangeError
        ? "YAML: it is nested too deeply"
        : `YAML: aliases are repeated more than ${MAX_ALIAS_COUNT} times`;
    return refuse([{ message, offset: 0 }]);
  }
}

function findAliasFaults(document: Document.Parsed, text: string): readonly YamlFault[] {
  const faults: YamlFault[] = [];
  visit(document, {
    Alias(_, alias) {
      if (!isAlias(alias) || alias.resolve(document) !== undefined) return;
      const [offset = 0] = alias.range ?? [];
      const name = holdsCredential(text, offset) ? "…" : quote(alias.source).slice(1, -1);
      const message = `YAML: *${name} refers to an anchor that is not before it`;
      const hint = "an anchor is written as &name; a value that begins with * needs quotes";
      faults.push({ message, hint, offset });
    },
  });
  return faults;
}

/** Whether another fault is at the same place: one is enough to find it. */
function isKnown({ path }: PipelineIssue, issues: readonly PipelineIssue[]): boolean {
  const place = JSON.stringify(path);
  return issues.some((issue) => JSON.stringify(issue.path) === place);
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    const message = `cannot read the pipeline file ${path}: ${describeFileError(error)}`;
    throw new KubemendError("InvalidConfiguration", message, { retryable: false, cause: error });
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
