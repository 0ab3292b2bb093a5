import { Command } from "commander";
import pc from "picocolors";
import { readPipelineFile, type LocatedIssue } from "../../adapters/pipeline-file.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { describeAccess } from "../../core/pipeline/declared-access.ts";
import { toProjection } from "../../core/pipeline/projection.ts";
import { planWatches } from "../../core/pipeline/watches.ts";
import { findTypeIssues } from "../../core/pipeline/type-issues.ts";
import { findRedactionTypeIssues } from "../../core/pipeline/redaction-issues.ts";
import { findUnwatchableIssues } from "../../core/pipeline/unwatchable.ts";
import { formatRedactions } from "./format-redactions.ts";
import { ANY } from "../../core/cel/types/value-type.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { toJsonLine, toPrintable } from "../terminal/printable.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeError, writeOutput } from "../terminal/streams.ts";
import { formatRule } from "./format-rule.ts";
import { toRbac } from "./to-rbac.ts";
import {
  isNamed,
  readTypes,
  type FindType,
  type KnownTypes,
  type TypeSources,
} from "./read-types.ts";

type Options = TypeSources & { readonly json?: boolean; readonly rbac?: boolean };

/** `kubemend validate FILE`: prints every issue with line, column and a hint, or, if the file is valid, what it means. */
export function validateCommand(): Command {
  return new Command("validate")
    .description("Check a pipeline file, and print what it means")
    .argument("<file>", "pipeline file, YAML or JSON")
    .option(
      "--context <name>",
      "check types against the schemas of this kubeconfig context's cluster",
    )
    .option(
      "--kubeconfig <file>",
      "kubeconfig for --context (default: as kubectl finds it); alone: its current context",
    )
    .option(
      "--openapi <file...>",
      "check types against an OpenAPI v3 document (kubectl get --raw /openapi/v3/apis/batch/v1) or a CustomResourceDefinition",
    )
    .option("--json", "print one JSON object")
    .option("--rbac", "print the RBAC permissions that the pipeline needs, as manifests")
    .addHelpText(
      "after",
      `
With a cluster or OpenAPI documents, the expressions of rules are checked against the schemas of their resources, which
finds a field that does not exist or a string that is compared with a number. What a schema does not specify is accepted.`,
    )
    .action(validate);
}

async function validate(file: string, options: Options): Promise<void> {
  const read = await readPipelineFile(file);
  if (!read.ok) {
    reportIssues(file, read.error, options);
    return;
  }
  const { pipeline, locate } = read.value;
  const { findType, catalog } = (await readTypesOf(pipeline, options)) ?? {};
  const issues = [
    ...pipeline.rules.flatMap((rule, index) =>
      findTypeIssues(rule, index, findType?.(rule.on.resource) ?? ANY),
    ),
    ...(catalog === undefined ? [] : findUnwatchableIssues(pipeline, catalog)),
    ...findRedactionTypeIssues(pipeline, (resource) => findType?.(resource)),
  ];
  if (issues.length > 0) reportIssues(file, locate(issues), options);
  else printMeaning(file, pipeline, findType, options);
}

/** Undefined if no option asks for type checks. */
async function readTypesOf(pipeline: Pipeline, options: Options): Promise<KnownTypes | undefined> {
  if (!isNamed(options) && options.openapi === undefined) return undefined;
  using stop = stopSignal();
  const watched = pipeline.rules.map((rule) => rule.on.resource);
  const resources = [...new Set([...watched, ...pipeline.redact.map(({ resource }) => resource)])];
  return readTypes(resources, options, stop.signal);
}

function reportIssues(file: string, issues: readonly LocatedIssue[], options: Options): void {
  process.exitCode = EXIT_FAILED;
  if (options.json) {
    writeOutput(`${toJsonLine({ valid: false, file, issues })}\n`);
    return;
  }
  for (const issue of issues) {
    const place = pc.bold(`${file}:${issue.line}:${issue.column}`);
    writeError(`${place} ${toPrintable(`${formatPath(issue.path)}${issue.message}`)}\n`);
    if (issue.hint !== undefined) writeError(`    ${pc.cyan(toPrintable(issue.hint))}\n`);
  }
  const { length: count } = issues;
  writeError(`${file} is not a valid pipeline: ${count} issue${count === 1 ? "" : "s"}.\n`);
}

function printMeaning(
  file: string,
  pipeline: Pipeline,
  findType: FindType | undefined,
  options: Options,
): void {
  if (options.rbac) {
    writeOutput(toRbac(pipeline));
    return;
  }
  if (options.json) {
    writeOutput(`${toJsonLine({ valid: true, file, pipeline })}\n`);
    return;
  }
  writeOutput(`${file} is a valid pipeline (digest ${pipeline.digest.slice(0, 12)}).\n`);
  for (const { name, access } of pipeline.clusters) {
    writeOutput(`  cluster ${name}: by ${describeAccess(access)}\n`);
  }
  const bare = new Set(
    planWatches(pipeline).flatMap((watch) =>
      toProjection(watch) === "metadata" ? watch.rules : [],
    ),
  );
  for (const rule of pipeline.rules) {
    const isTyped = findType && findType(rule.on.resource) !== undefined;
    writeOutput(`${formatRule(rule, { isTyped, metadataOnly: bare.has(rule) }).join("\n")}\n`);
  }
  for (const line of formatRedactions(pipeline, findType)) writeOutput(`${line}\n`);
}

function formatPath(path: readonly (string | number)[]): string {
  if (path.length === 0) return "";
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return `${text.replace(/^\./, "")}: `;
}
