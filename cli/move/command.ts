import { Command, Option } from "commander";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { createMoveStore, type MoveStore } from "../../adapters/kubernetes/move/move-store.ts";
import type { Move } from "../../events/moves/move.ts";
import { describeMove } from "../../core/move/status/describe-move.ts";
import { KubemendError } from "../../core/errors.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { planMove } from "../../functions/transfer/move/plan/plan-move.ts";
import { dryRunMove } from "../../functions/transfer/move/dry-run.ts";
import type { MoveSides } from "../../functions/transfer/move/run/move-sides.ts";
import { connectSide, type Side } from "../clusters/connect-side.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput } from "../terminal/output.ts";
import { stopSignal, unlessStopped } from "../terminal/stop-signal.ts";
import { writeOutput } from "../terminal/streams.ts";
import { addFinalizers } from "./add-finalizers.ts";
import { confirmResume } from "./confirm-resume.ts";
import { createMove } from "./create-move.ts";
import { findMove } from "./find-move.ts";
import { reportMove, driveMove, type Work } from "./drive-move.ts";
import { addSpecOptions, listSpecOptions, toMoveSpec, type SpecOptions } from "./options.ts";
import { formatPlan, PLAN_OUTPUTS, type PlanOutput } from "./show-plan.ts";
import { formatMoveRoles, readMoveRoles } from "./show-rbac.ts";
import { toMoveName } from "./to-move-name.ts";
import { withContexts } from "./with-contexts.ts";

type MoveOptions = SpecOptions & {
  readonly from: string;
  readonly to?: string;
  readonly name?: string;
  readonly kubeconfig?: string;
  readonly recordNamespace: string;
  readonly output: PlanOutput;
  readonly detach?: boolean;
  readonly plan?: boolean;
  readonly dryRun?: boolean;
  readonly rbac?: string;
  readonly status?: string;
  readonly resume?: string;
  readonly rollback?: string;
  readonly yes?: boolean;
};

/** `kubemend move --from A --to B RESOURCE/NAME`: moves objects to another cluster. */
export function moveCommand(): Command {
  const command = new Command("move")
    .description("Move objects to another cluster, in an order in which none is lost")
    .argument(
      "[select...]",
      "what moves: RESOURCE/NAME, or RESOURCE for all, or those with --selector",
    )
    .requiredOption("--from <context>", "kubeconfig context of the source (required)")
    .option("--to <context>", "kubeconfig context of the target (required, but for --status)")
    .option(
      "--detach",
      "only create the Move: the functions carry it out, if the pipeline lets them (needs --cluster instead of --to)",
    )
    .option("--plan", "print the steps and all problems; nothing is written")
    .option("--dry-run", "send every write with dryRun=All to both sides; nothing is stored")
    .option("--rbac <user>", "print the roles that a user needs for this move, for both clusters")
    .option("--name <name>", "name of the Move (default: of the first object and the time)")
    .option("--resume <name>", "continue a Move, also one that somebody else has begun")
    .option(
      "--yes",
      "with --resume: carry out a Move that has changed nothing yet, without a question",
    )
    .option("--rollback <name>", "end a Move before the point of no return, as if it had not begun")
    .option("--status <name>", "print how far a Move is")
    .addOption(
      new Option("--output <form>", "form of the plan, and of the status: text or json")
        .choices(PLAN_OUTPUTS)
        .default("text"),
    )
    .option("--kubeconfig <file>", "kubeconfig file (default: as kubectl finds it)")
    .option(
      "--record-namespace <name>",
      "namespace of the Move in the source",
      DEFAULT_RECORD_NAMESPACE,
    );
  return addSpecOptions(command)
    .addHelpText("after", HELP)
    .action((select: readonly string[], options: MoveOptions, self: Command) =>
      run(select, options, self),
    );
}

const HELP = `
The order is: wait for blocks, pause the sources, create the copies with owners first, compare both sides, delete the sources
with dependents first, resume the copies. The source keeps a Move with what was done: if this command is stopped or killed,
--resume continues it. docs/move.md explains each step, and what can be done when one does not succeed.

Examples:
  kubemend move --from old --to new clusters.cluster.x-k8s.io/web -n shop --with-owned --plan
  kubemend move --from old --to new clusters.cluster.x-k8s.io/web -n shop --with-owned --remove-finalizer '*'
  kubemend move --from old --to new --resume move-web-20261130
  kubemend move --from old --to new --resume move-web-20261130 --remove-finalizer example.com/hold
  kubemend move --from old --cluster new --detach clusters.cluster.x-k8s.io/web -n shop --with-owned
  kubemend move --from old --status move-web-20261130
  kubemend move --from old --to new clusters.cluster.x-k8s.io/web -n shop --with-owned --rbac alice@example.com

Exit codes: 0 moved, or rolled back by --rollback, 1 refused, or a person has to do something, 2 wrong usage.`;

async function run(
  select: readonly string[],
  options: MoveOptions,
  command: Command,
): Promise<void> {
  using stop = stopSignal();
  const { signal } = stop;
  await unlessStopped(choose(select, options, command)(signal), signal);
}

function choose(
  select: readonly string[],
  options: MoveOptions,
  command: Command,
): (signal: AbortSignal) => Promise<void> {
  const { detach, plan, dryRun, rbac, status, resume, rollback, yes } = options;
  const modes = Object.entries({ detach, plan, "dry-run": dryRun, rbac, status, resume, rollback })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => `--${name}`);
  if (modes.length > 1) throw misuse(`${modes.join(" and ")}: use one of them at a time`);
  const named = status ?? resume ?? rollback;
  const addable = resume === undefined ? [] : ["remove-finalizer"];
  const given = [...select, ...listSpecOptions(command, addable)];
  if (named !== undefined && given.length > 0) {
    const mode = modes.join("");
    throw misuse(`${mode} takes a Move as it was created: leave ${given.join(" and ")} out`);
  }
  if (named === undefined && select.length === 0) {
    throw misuse("say what moves: RESOURCE/NAME, or RESOURCE");
  }
  if (yes !== undefined && resume === undefined) {
    throw misuse("--yes answers the question of --resume: leave it out");
  }
  if (status !== undefined) return (signal) => showStatus(status, options, signal);
  if (detach === true) return toDetached(select, options);
  if (options.to === undefined) throw misuse("say where to: --to CONTEXT");
  const { to } = options;
  // Faults of the arguments are reported before any cluster is asked.
  if (named === undefined) toMoveSpec(select, options, "unknown");
  return (signal) =>
    withSides({ ...options, to }, signal, async (sides) => {
      if (plan === true) return showPlan(select, sides, options, signal);
      if (dryRun === true) return showDryRun(select, sides, options, signal);
      if (rbac !== undefined) return showRbac(select, sides, { ...options, rbac }, signal);
      const store = toStore(sides, options);
      if (named === undefined) return begin(select, { sides, store }, options, signal);
      const move = await findMove(store, named, signal);
      if (rollback !== undefined) await abort(store, move, options, signal);
      if (resume !== undefined) {
        if (!(await confirmResume(move, { sides, store }, options, signal))) return;
        await addFinalizers(store, move, options.removeFinalizer, signal);
      }
      return driveMove(move, { sides, store }, options, signal);
    });
}

/** Creates the Move and leaves it to the functions. */
function toDetached(
  select: readonly string[],
  options: MoveOptions,
): (signal: AbortSignal) => Promise<void> {
  const { cluster, to } = options;
  if (to !== undefined) throw misuse("--detach: the functions connect the target, leave --to out");
  if (cluster === undefined) {
    throw misuse("--detach: say where to by the name in the pipeline, --cluster NAME");
  }
  const spec = toMoveSpec(select, options);
  return async (signal) => {
    await using source = await connectContext(options.from, options, signal);
    const store = toStore({ source }, options);
    const name = options.name ?? toMoveName(select[0] ?? "");
    await createMove(store, { name, spec }, options, signal);
    const text = `Move ${name} to ${cluster} was created; the functions begin within a minute or two if the pipeline lets them. See how far it is: kubemend move --from ${options.from} --status ${name}`;
    const output = createOutput({ json: options.output === "json" });
    output.report(toPrintable(text), { type: "move", name, spec });
  };
}

async function withSides(
  options: MoveOptions & { readonly to: string },
  signal: AbortSignal,
  work: (sides: MoveSides) => Promise<void>,
): Promise<void> {
  const { from, to } = options;
  await using source = await connectContext(from, options, signal);
  await using target = await connectContext(to, options, signal);
  if (source.uid === target.uid) {
    throw misuse(
      `${from} and ${to} are the same cluster (${source.uid}): nothing can move from it to itself`,
    );
  }
  await work({ source, target });
}

function connectContext(
  context: string,
  { kubeconfig }: Pick<MoveOptions, "kubeconfig">,
  signal: AbortSignal,
): Promise<Side> {
  return connectSide(context, () => connectKubeConfig({ kubeconfig, context }), signal);
}

function toStore({ source }: Pick<MoveSides, "source">, options: MoveOptions): MoveStore {
  return createMoveStore({ client: source.client, namespace: options.recordNamespace });
}

async function showPlan(
  select: readonly string[],
  sides: MoveSides,
  options: MoveOptions,
  signal: AbortSignal,
): Promise<void> {
  const spec = toMoveSpec(select, options, sides.target.uid);
  const { recordNamespace } = options;
  const found = await planMove(sides, { spec, recordNamespace }, signal);
  const { source, target } = sides;
  const { output } = options;
  writeOutput(formatPlan(found, { output, source: source.name, target: target.name }));
  if (found.problems.length > 0) process.exitCode = EXIT_FAILED;
}

async function showDryRun(
  select: readonly string[],
  sides: MoveSides,
  options: MoveOptions,
  signal: AbortSignal,
): Promise<void> {
  const spec = toMoveSpec(select, options, sides.target.uid);
  const { recordNamespace } = options;
  const found = await planMove(sides, { spec, recordNamespace }, signal);
  if (found.problems.length > 0) return showPlan(select, sides, options, signal);
  const steps = await dryRunMove(sides, found, signal);
  const output = createOutput({ json: options.output === "json" });
  for (const { object, step, outcome, reason } of steps) {
    const said = outcome === "notCheckable" ? "not checkable" : outcome;
    const line = `${object}: ${step}: ${said}${reason === undefined ? "" : `, ${reason}`}`;
    output.report(toPrintable(line), { type: "step", object, step, outcome, reason });
  }
  if (steps.some(({ outcome }) => outcome === "refused")) process.exitCode = EXIT_FAILED;
}

async function showRbac(
  select: readonly string[],
  sides: MoveSides,
  options: MoveOptions & { readonly rbac: string },
  signal: AbortSignal,
): Promise<void> {
  const { rbac: user, recordNamespace, output } = options;
  const spec = toMoveSpec(select, options, sides.target.uid);
  const name = options.name ?? toMoveName(select[0] ?? "");
  const roles = await readMoveRoles(sides, { spec, user, name, recordNamespace }, signal);
  const names = { source: sides.source.name, target: sides.target.name };
  const text = formatMoveRoles(roles, names).trimEnd();
  createOutput({ json: output === "json" }).report(text, { type: "roles", user, ...roles });
}

async function showStatus(name: string, options: MoveOptions, signal: AbortSignal): Promise<void> {
  await using source = await connectContext(options.from, options, signal);
  const move = await findMove(toStore({ source }, options), name, signal);
  reportMove(createOutput({ json: options.output === "json" }), move, options);
}

async function begin(
  select: readonly string[],
  work: Work,
  options: MoveOptions,
  signal: AbortSignal,
): Promise<void> {
  const spec = toMoveSpec(select, options, work.sides.target.uid);
  const name = options.name ?? toMoveName(select[0] ?? "");
  const move = await createMove(work.store, { name, spec }, options, signal);
  await driveMove(move, work, options, signal);
}

async function abort(
  store: MoveStore,
  move: Move,
  options: MoveOptions,
  signal: AbortSignal,
): Promise<void> {
  const { name } = move.metadata;
  const { status } = move;
  if (status?.phase === "Moved" || status?.pointOfNoReturnAt !== undefined) {
    const what = describeMove(move)
      .map((line) => withContexts(line, options))
      .join("\n");
    throw new KubemendError(
      "Refused",
      `the Move ${name} cannot be rolled back: sources have been deleted since ${status.pointOfNoReturnAt ?? ""}.\n${what}`,
      { retryable: false },
    );
  }
  await store.abort(move, signal);
}
