import { readFile } from "node:fs/promises";
import { loadPatternEngine } from "#pattern-engine";
import { loadRareLibraries } from "#rare-functions";
import { loadRareActions, RARE_ACTION_NAMES } from "../../core/actions/registry.ts";
import { RARE_NAMES } from "../../core/cel/registry/registry.ts";
import { describeError, KubemendError } from "../../core/errors.ts";
import { parsePipeline } from "../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline, PipelineIssue } from "../../core/pipeline/pipeline.ts";

const ISSUES_SHOWN = 5;
/** The functions of CEL that take a pattern. */
const PATTERNS = /matches|find/;

/**
 * The pipeline that a function decides by: JSON, as the build and the sandbox pack it, because a cold start has no time for a YAML
 * library. Its digest equals that of the file that was packed. Throws `InvalidConfiguration` if the file cannot be read, and
 * `InvalidPipeline` with the first issues, each with its field, if it is not a valid pipeline.
 */
export async function loadPipeline(path: string): Promise<Pipeline> {
  const document = parseJson(await readText(path), path);
  const text = JSON.stringify(document);
  if (PATTERNS.test(text)) await loadPatternEngine();
  if (RARE_NAMES.test(text)) await loadRareLibraries();
  if (RARE_ACTION_NAMES.test(text)) await loadRareActions();
  const parsed = parsePipeline(document);
  if (parsed.ok) return parsed.value;
  const issues = parsed.error.slice(0, ISSUES_SHOWN).map((issue) => describeIssue(issue));
  throw invalid(path, issues.join("; "));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const message = `cannot read the packed pipeline ${path}: ${describeError(error)}`;
    throw new KubemendError("InvalidConfiguration", message, { retryable: false, cause: error });
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const reason = `functions read JSON, which \`npm run build\` generates from a pipeline file: ${describeError(error)}`;
    throw invalid(path, reason);
  }
}

function describeIssue({ path, message, hint }: PipelineIssue): string {
  const place = path.length === 0 ? "" : `${path.join(".")} `;
  return `${place}${message}${hint === undefined ? "" : ` (${hint})`}`;
}

function invalid(path: string, reason: string): KubemendError {
  const message = `${path} is not a valid pipeline: ${reason}`;
  return new KubemendError("InvalidPipeline", message, { retryable: false });
}
