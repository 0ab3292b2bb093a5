import { Command } from "commander";
import { connectOther } from "../../adapters/clusters/open-clusters.ts";
import { listContexts } from "../../adapters/kubernetes/connect/kubeconfig-access.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { toGroupResource } from "../../core/actions/contract/target.ts";
import { describeError } from "../../core/errors.ts";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { findMirrorRules, type MirrorRule } from "../../core/pipeline/mirror-rule.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { viewFromUid } from "../../core/pipeline/source-view.ts";
import { createRedact } from "../../core/redaction/redactor.ts";
import type { Side } from "../clusters/connect-side.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { EXIT_FAILED, EXIT_MISUSE } from "../terminal/exit.ts";
import { setFailureCode } from "../terminal/failure-code.ts";
import { misuse } from "../terminal/misuse.ts";
import { stopSignal, unlessStopped } from "../terminal/stop-signal.ts";
import { writeOutput } from "../terminal/streams.ts";
import { watchOrigins } from "./check-origins.ts";
import { checkRules, chooseRules } from "./choose-rules.ts";
import { connectForReading } from "./connect-for-reading.ts";
import { diffMirror } from "./diff-mirror.ts";
import { checkContext, findTargetName, parseTarget, type AskedTarget } from "./find-target.ts";
import { createProgress } from "./progress.ts";
import { isDifference } from "./finding.ts";
import { createDiffReport, type DiffReport } from "./report.ts";
import { showDifferences } from "./show-differences.ts";

type DiffOptions = {
  readonly config: string;
  readonly from: string;
  readonly to: string;
  readonly rule: readonly string[];
  readonly kubeconfig?: string;
  readonly recordNamespace: string;
  readonly json?: boolean;
};

/** The exit codes of diff(1), in which 1 is an answer. */
const EXIT_DIFFERENT = EXIT_FAILED;
const EXIT_TROUBLE = EXIT_MISUSE;

/** `kubemend diff --from A --to B`: what differs between the objects of mirrors and their copies. */
export function diffCommand(): Command {
  return new Command("diff")
    .description("Show how the copies of mirrors differ from their objects; nothing is written")
    .requiredOption("--config <file>", "pipeline file, for its rules that mirror (required)")
    .requiredOption("--from <context>", "kubeconfig context of the objects' cluster (required)")
    .requiredOption(
      "--to <context>",
      "kubeconfig context of the copies' cluster, NAME=CONTEXT, or NAME, one of the pipeline's clusters (required)",
    )
    .option("--rule <id>", "only this rule; may be repeated", collect, [])
    .option("--kubeconfig <file>", "kubeconfig file (default: as kubectl finds it)")
    .option(
      "--record-namespace <name>",
      "namespace of the installation's records: copies of another installation are not those of this one",
      DEFAULT_RECORD_NAMESPACE,
    )
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      `
The copies are judged as the functions judge them, with the same code. Kinds of difference:

  missing    the object has no copy
  stale      the copy is of an older state of the object, or of other parameters of the rule
  drifted    somebody has changed the copy
  orphan     the object of the copy is gone, or the rule does not cover it any more
  misplaced  the rule maps the copy to another place now
  conflict   what is at the copy's place is not a copy that may be written
  refused    the object cannot be copied, and why: NotServed, NamespaceMissing, ...
  waiting    something in the target has to end first

- is the field of the copy, + as it is to be. Values of Secrets, and of fields under \`redact\`, are not shown. A change that
is on its way shows as a difference. What the target's admission would say to a copy is not asked; its refusals are records:
\`kubemend remediations\`. If the context has another name than the cluster has in the pipeline, and the pipeline has several
clusters and no uid of this one, write NAME=CONTEXT. A NAME without a context is reached by its \`access\`.

JSON: {from, to, mirrors: [{rule, resource, differences: [{kind, source, copy, reason?, fields?: [{path, live?, desired?,
isHidden?}]}], compared, refused?}], equal, compared, counts}; with error instead of the last three if the diff has failed,
and error alone if it could not begin.

The rights: get and list of the mirrored resources in both clusters, and get of namespaces.

Examples:
  kubemend diff --config pipeline.yaml --from prod --to backup-eu
  kubemend diff --config pipeline.yaml --from prod --to backup-eu=arn:aws:eks:eu-central-1:111122223333:cluster/b --rule mirror-shop
  kubemend diff --config pipeline.yaml --from prod --to backup-eu --json | jq '.mirrors[].differences[] | select(.kind == "drifted")'

\`kubemend mirror compare RULE\` has the functions repair what differs.

Exit codes: 0 equal, 1 different, 2 an error: wrong usage, a cluster that cannot be reached, or a right that is missing.`,
    )
    .action(run);
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

async function run(options: DiffOptions): Promise<void> {
  setFailureCode(EXIT_TROUBLE);
  const { kubeconfig } = options;
  const pipeline = await readPipeline(options.config);
  checkRules(findMirrorRules(pipeline.rules), { all: pipeline.rules, ids: options.rule });
  const contexts = listContexts({ kubeconfig });
  checkContext(options.from, contexts);
  const own = { name: pipeline.cluster.name, access: { type: "own" } } as const;
  const asked = parseTarget(options.to, { contexts, clusters: [own, ...pipeline.clusters] });
  if (asked.by === "context" && asked.context === options.from) {
    throw misuse(`--from and --to are the same cluster: the context ${options.from}`);
  }
  using stop = stopSignal();
  await unlessStopped(diffClusters(pipeline, asked, options, stop.signal), stop.signal);
}

async function diffClusters(
  written: Pipeline,
  asked: AskedTarget,
  options: DiffOptions,
  signal: AbortSignal,
): Promise<void> {
  const { kubeconfig, from } = options;
  const connect = (context: string) => () => connectKubeConfig({ kubeconfig, context });
  await using fromSide = await connectForReading(from, connect(from), signal);
  await using toSide =
    asked.by === "context"
      ? await connectForReading(asked.context, connect(asked.context), signal)
      : await connectForReading(asked.cluster.name, () => connectOther(asked.cluster), signal);
  if (fromSide.uid === toSide.uid) {
    throw misuse(`${fromSide.name} and ${toSide.name} are the same cluster (${fromSide.uid})`);
  }
  const { source, target, checkEqual } = watchOrigins(written, {
    source: fromSide,
    target: toSide,
  });
  // Objects of another cluster than the pipeline's own may be mirrored, too.
  const pipeline = viewFromUid(written, source.uid);
  const rules = findMirrorRules(pipeline.rules);
  const known = { clusters: written.clusters, rules };
  const named = asked.by === "context" ? asked : { context: target.name, name: target.name };
  const name = findTargetName(named, target.uid, known);
  const asks = {
    all: written.rules,
    ids: options.rule,
    from: pipeline.cluster.name,
    target: name,
  };
  const chosen = chooseRules(rules, asks);
  const report = createDiffReport({ json: options.json ?? false }, writeOutput);
  try {
    const installation = options.recordNamespace;
    const task = {
      pipeline,
      rules,
      chosen,
      source,
      target,
      name,
      installation,
      report,
      checkEqual,
    };
    await diffRules(task, signal);
  } catch (error) {
    report.fail(describeError(error));
    throw error;
  }
}

type Task = {
  readonly pipeline: Pipeline;
  readonly rules: readonly MirrorRule[];
  readonly chosen: readonly MirrorRule[];
  readonly source: Side;
  readonly target: Side;
  /** The name of the target in the pipeline. */
  readonly name: string;
  /** The namespace of the records of the installation whose copies are compared. */
  readonly installation: string;
  readonly report: DiffReport;
  /** Throws if nothing differs only because other clusters are compared than those that are meant. */
  readonly checkEqual: () => void;
};

async function diffRules(task: Task, signal: AbortSignal): Promise<void> {
  const { pipeline, rules, chosen, source, target, name, installation, report, checkEqual } = task;
  const redact = createRedact(pipeline);
  report.begin({ from: toNames(source), to: { ...toNames(target), cluster: name } });
  using progress = createProgress();
  for (const [index, { rule, mirror }] of chosen.entries()) {
    const { resource } = rule.on;
    const type = toGroupResource(resource);
    report.rule({ id: rule.id, resource });
    progress.begin(`${rule.id} (${index + 1} of ${chosen.length})`);
    const work = {
      rule,
      mirror,
      rules,
      source: { ...source, name: pipeline.cluster.name },
      target: { ...target, name },
      installation,
    };
    const diff = await diffMirror(
      work,
      (finding) => {
        signal.throwIfAborted();
        // Set here, because the reader of the output may close it before the end.
        if (isDifference(finding.kind)) process.exitCode = EXIT_DIFFERENT;
        const { differences = [] } = finding;
        report.finding(finding, showDifferences(differences, type, redact));
        progress.count();
      },
      signal,
    );
    report.endRule(diff);
  }
  if (report.isEqual()) checkEqual();
  process.exitCode = report.end() ? undefined : EXIT_DIFFERENT;
}

function toNames({ name, uid }: Side): { readonly name: string; readonly uid: string } {
  return { name, uid };
}
