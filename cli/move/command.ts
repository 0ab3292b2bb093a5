import { Command, Option } from "commander";
import { createMoveStore } from "../../adapters/kubernetes/move/move-store.ts";
import { describeMove } from "../../core/move/describe-move.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { planMove } from "../../functions/transfer/move/plan-move.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput } from "../terminal/output.ts";
import { stopSignal, unlessStopped } from "../terminal/stop-signal.ts";
import { writeOutput } from "../terminal/streams.ts";
import { connectSide } from "./connect-side.ts";
import { findMove } from "./find-move.ts";
import { addSpecOptions, toMoveSpec, type SpecOptions } from "./options.ts";
import { formatPlan, PLAN_OUTPUTS, type PlanOutput } from "./show-plan.ts";

export type MoveOptions = SpecOptions & {
  readonly from: string;
  readonly to?: string;
  readonly kubeconfig?: string;
  readonly recordNamespace: string;
  readonly output: PlanOutput;
  readonly plan?: boolean;
  readonly status?: string;
};

/** `kubemend move --from A --to B RESOURCE/NAME`: objects change clusters. */
export function moveCommand(): Command {
  const command = new Command("move")
    .description("Move objects to another cluster, in an order in which none is lost")
    .argument(
      "[select...]",
      "what moves: RESOURCE/NAME, or RESOURCE for all, or those with --selector",
    )
    .requiredOption("--from <context>", "kubeconfig context of the source (required)")
    .option("--to <context>", "kubeconfig context of the target")
    .option("--plan", "print the steps, and what speaks against them; nothing is written")
    .option("--status <name>", "print how far a Move is")
    .addOption(
      new Option("--output <form>", "form of the plan").choices(PLAN_OUTPUTS).default("text"),
    )
    .option("--kubeconfig <file>", "kubeconfig file (default: as kubectl finds it)")
    .option(
      "--record-namespace <name>",
      "namespace of the Move in the source",
      DEFAULT_RECORD_NAMESPACE,
    );
  return addSpecOptions(command)
    .addHelpText("after", HELP)
    .action((select: readonly string[], options: MoveOptions) => run(select, options));
}

const HELP = `
The order is: wait for blocks, pause the sources, create the copies with owners first, compare both sides, delete the sources
with dependents first, resume the copies. docs/move.md explains each step, and what can be done when one does not succeed.

Examples:
  kubemend move --from old --to new clusters.cluster.x-k8s.io/web -n shop --with-owned --plan
  kubemend move --from old --to new clusters.cluster.x-k8s.io/web -n shop --with-owned --plan --output mermaid
  kubemend move --from old --status move-web`;

async function run(select: readonly string[], options: MoveOptions): Promise<void> {
  using stop = stopSignal();
  const { signal } = stop;
  const modes = [options.plan === true, options.status !== undefined].filter(Boolean);
  if (modes.length > 1) throw misuse("--plan and --status are two commands: use one of them");
  const work =
    options.status === undefined ? plan(select, options, signal) : status(options, signal);
  await unlessStopped(work, signal);
}

async function plan(
  select: readonly string[],
  options: MoveOptions,
  signal: AbortSignal,
): Promise<void> {
  const { from, to, output } = options;
  if (select.length === 0) throw misuse("say what moves: RESOURCE/NAME, or RESOURCE");
  if (to === undefined) throw misuse("say where to: --to CONTEXT");
  // Faults of the arguments are reported before any cluster is asked.
  toMoveSpec(select, options, "unknown");
  await using source = await connectSide(from, options, signal);
  await using target = await connectSide(to, options, signal);
  if (source.uid === target.uid) {
    throw misuse(
      `${from} and ${to} are the same cluster (${source.uid}): nothing can move from it to itself`,
    );
  }
  const spec = toMoveSpec(select, options, target.uid);
  const found = await planMove({ source, target }, { spec }, signal);
  writeOutput(formatPlan(found, { output, source: from, target: to }));
  if (found.problems.length > 0) process.exitCode = EXIT_FAILED;
}

async function status(options: MoveOptions, signal: AbortSignal): Promise<void> {
  const { from, recordNamespace: namespace, status: name = "" } = options;
  await using source = await connectSide(from, options, signal);
  const store = createMoveStore({ client: source.client, namespace });
  const move = await findMove(store, name, signal);
  const output = createOutput({ json: options.output === "json" });
  const { metadata, spec, status: found } = move;
  output.report(describeMove(move).map(toPrintable).join("\n"), {
    type: "move",
    name: metadata.name,
    spec,
    status: found,
  });
}
