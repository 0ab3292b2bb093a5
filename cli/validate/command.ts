import { Command } from "commander";
import pc from "picocolors";
import type { LocatedIssue, PipelineFile } from "../../adapters/pipeline-file.ts";
import { formatIssues } from "../../adapters/pipeline-issues.ts";
import { findUsedClusters, findUnusedClusters } from "../../core/pipeline/acting-clusters.ts";
import { toTypedResources } from "../../core/pipeline/check/acted-resources.ts";
import { isSource } from "../../core/pipeline/rights/cluster-rights.ts";
import { findClusterFaults } from "../../core/pipeline/check/cluster-faults.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { refuse, type Result } from "../../core/result.ts";
import { quote } from "../../core/text/quote.ts";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { checkTypes } from "../../adapters/checked-pipeline.ts";
import { readPipelineInput, STANDARD_INPUT } from "../input/read-pipeline.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { misuse } from "../terminal/misuse.ts";
import { toJsonLine } from "../terminal/printable.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeError, writeOutput } from "../terminal/streams.ts";
import { toClusterNotes } from "./cluster-notes.ts";
import { formatMeaning } from "./format-meaning.ts";
import { toMirrorNotes } from "./describe/mirror-notes.ts";
import { toRuleNotes } from "./describe/rule-notes.ts";
import { isNamed, readTypes, type KnownTypes, type TypeSources } from "./read-types.ts";
import { toChartValues } from "./to-chart-values.ts";
import { toRbac, toRbacIn } from "./to-rbac.ts";

type Options = TypeSources & {
  readonly json?: boolean;
  readonly rbac?: boolean;
  readonly chartValues?: boolean;
  readonly namespace?: string;
  readonly cluster?: string;
};

/** What is printed about one pipeline, in place of its meaning. */
const ABOUT_ONE = { rbac: "--rbac", chartValues: "--chart-values" } as const;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** `kubemend validate FILE...`: prints every issue with line, column and a hint, or, if a file is valid, what it means. */
export function validateCommand(): Command {
  return new Command("validate")
    .description("Check pipeline files, and print what they mean")
    .argument("<file...>", "pipeline files, YAML or JSON; - for standard input")
    .option(
      "--context <name>",
      "check against what this kubeconfig context's cluster serves, custom resources included",
    )
    .option(
      "--kubeconfig <file>",
      "kubeconfig for --context (default: as kubectl finds it); alone: its current context",
    )
    .option(
      "--openapi <file>",
      "check types against an OpenAPI v3 document (kubectl get --raw /openapi/v3/apis/batch/v1) or a CustomResourceDefinition; may be repeated",
      (file: string, files: readonly string[] | undefined) => [...(files ?? []), file],
    )
    .option("--json", "print one JSON object for each file")
    .option("--rbac", "print the RBAC permissions that the pipeline needs, as manifests")
    .option(
      "--chart-values",
      "print what the relay's Helm chart needs of the pipeline, as a file of values",
    )
    .option(
      "--namespace <name>",
      `namespace of the release, for --chart-values (default: ${DEFAULT_RECORD_NAMESPACE})`,
    )
    .option(
      "--cluster <name>",
      "with --rbac or --chart-values: those in this other cluster of the pipeline, in which it acts, to which it mirrors or whose changes it takes",
    )
    .addHelpText(
      "after",
      `
The expressions of rules are checked against the types of their resources, which finds a field that does not exist or a
text that is compared with a number. The types of Kubernetes' own kinds are known, in version 1.36; those of custom
resources come from a cluster or from --openapi. What a schema does not specify is accepted.

The exit code is 1 if a file is not valid.`,
    )
    .action(validate);
}

async function validate(files: readonly string[], options: Options): Promise<void> {
  refuseMisuse(files, options);
  if (files.filter((file) => file === "-").length > 1) {
    throw misuse("standard input can be read only once: name - once");
  }
  for (const file of files) await validateFile(file, options);
}

function refuseMisuse(files: readonly string[], options: Options): void {
  const flags = Object.entries(ABOUT_ONE).flatMap(([key, flag]) =>
    options[key as keyof typeof ABOUT_ONE] ? [flag] : [],
  );
  if (flags.length > 1) throw misuse(`choose one of ${flags.join(" and ")}`);
  if (flags.length > 0 && files.length > 1) {
    throw misuse(`${flags.join()} is about one pipeline: name one file`);
  }
  if (options.cluster !== undefined && flags.length === 0) {
    throw misuse("--cluster is about --rbac and --chart-values: pass one of them");
  }
  if (options.namespace === undefined) return;
  if (!options.chartValues) throw misuse("--namespace is about --chart-values: pass both");
  if (!NAMESPACE.test(options.namespace)) {
    throw misuse(`--namespace: expected the name of a namespace, not ${quote(options.namespace)}`);
  }
}

async function validateFile(file: string, options: Options): Promise<void> {
  const name = file === "-" ? STANDARD_INPUT : file;
  const read = await readPipelineInput(file);
  if (!read.ok) {
    reportIssues(name, read.error, options);
    return;
  }
  const types = await readTypesOf(read.value, options);
  const checked = check(read.value, types);
  if (checked.ok) printMeaning(name, checked.value, types, options);
  else reportIssues(name, checked.error, options);
}

async function readTypesOf({ pipeline }: PipelineFile, options: Options): Promise<KnownTypes> {
  using stop = stopSignal();
  const { rules, watch, redact } = pipeline;
  const resources = [
    ...rules.flatMap(toTypedResources),
    ...[...watch, ...redact].map(({ resource }) => resource),
  ];
  return readTypes({ pipeline, resources: [...new Set(resources)] }, options, stop.signal);
}

function check(
  file: PipelineFile,
  { findType, cluster }: KnownTypes,
): Result<PipelineFile, readonly LocatedIssue[]> {
  const faults = cluster === undefined ? [] : findClusterFaults(file.pipeline, cluster);
  return faults.length === 0 ? checkTypes(file, findType) : refuse(file.locate(faults));
}

function reportIssues(file: string, issues: readonly LocatedIssue[], options: Options): void {
  process.exitCode = EXIT_FAILED;
  if (options.json) writeOutput(`${toJsonLine({ valid: false, file, issues })}\n`);
  else writeError(`${formatIssues(file, issues, { place: pc.bold, hint: pc.cyan })}\n`);
}

/** What the file says that is valid and hardly meant. */
function toNotes(
  { pipeline }: PipelineFile,
  { cluster }: KnownTypes,
): readonly { readonly rule?: string | undefined; readonly note: string }[] {
  const unserved = cluster === undefined ? [] : toClusterNotes(pipeline, cluster);
  return [
    ...unserved.map(({ rule, message }) => ({
      ...(rule === undefined ? {} : { rule }),
      note: message,
    })),
    ...findUnusedClusters(pipeline).map((note) => ({ note })),
    ...toMirrorNotes(pipeline),
    ...pipeline.rules.flatMap((rule) => toRuleNotes(rule).map((note) => ({ rule: rule.id, note }))),
  ];
}

function printIn(cluster: string, pipeline: Pipeline): string {
  const used = findUsedClusters(pipeline);
  if (used.includes(cluster)) return toRbacIn(cluster, pipeline);
  const known = used.length === 0 ? "none" : used.join(", ");
  throw misuse(
    `--cluster: no rule of the pipeline acts in a cluster ${quote(cluster)}, none mirrors to it, and none takes its changes; no entry of moves names it (clusters that are used: ${known})`,
  );
}

function printValues(source: PipelineFile, { cluster, namespace }: Options): string {
  const { pipeline } = source;
  const name = cluster ?? pipeline.cluster.name;
  if (isSource(pipeline, name)) {
    return toChartValues(source, namespace ?? DEFAULT_RECORD_NAMESPACE, name);
  }
  throw misuse(
    `--cluster: no rule of the pipeline takes changes of a cluster ${quote(name)}, so it has no relay (on.clusters)`,
  );
}

function printMeaning(
  file: string,
  source: PipelineFile,
  known: KnownTypes,
  options: Options,
): void {
  const { pipeline } = source;
  if (options.rbac) {
    writeOutput(
      options.cluster === undefined ? toRbac(pipeline) : printIn(options.cluster, pipeline),
    );
    return;
  }
  if (options.chartValues) {
    writeOutput(printValues(source, options));
    return;
  }
  if (options.json) {
    writeOutput(`${toJsonLine({ valid: true, file, pipeline, notes: toNotes(source, known) })}\n`);
    return;
  }
  const types = isNamed(options) || options.openapi !== undefined ? "named" : "builtin";
  const checked = { findType: known.findType, source: types, cluster: known.cluster } as const;
  const meaning = formatMeaning(file, pipeline, checked, Date.now());
  writeOutput(`${meaning.join("\n")}\n`);
}
