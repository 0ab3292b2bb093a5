import { Command } from "commander";
import { toPrintable } from "../../core/text/printable.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { runSteps } from "../setup/run-steps.ts";
import { toScript } from "../setup/step.ts";
import { misuse } from "../terminal/misuse.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeError, writeOutput } from "../terminal/streams.ts";
import { readDeployContext, type DeployOptions } from "./context.ts";
import { toDeploySteps } from "./deploy-steps.ts";
import { describeRest, toUninstallSteps } from "./uninstall-steps.ts";

type Options = DeployOptions & { readonly plan?: boolean; readonly from?: string };
type UninstallOptions = Options & { readonly purge?: boolean; readonly yes?: boolean };

/** `kubemend deploy`: every command from the files of `kubemend init` to a running installation. */
export function deployCommand(): Command {
  return addOptions(new Command("deploy"))
    .description("Deploy functions and relay, as kubemend init has prepared them")
    .option(
      "--values <file>",
      "values of the relay's chart (default: values.yaml beside the settings)",
    )
    .addHelpText(
      "after",
      `
The plan is a shell script that does what this command does. It needs npm, aws, kubectl and helm, with credentials for the
account and for the cluster. Each step can be repeated, so the command can be run again after a failure; it is also the
upgrade.`,
    )
    .action(deploy);
}

/** `kubemend uninstall`: says what is removed and what stays, and does it. */
export function uninstallCommand(): Command {
  return addOptions(new Command("uninstall"))
    .description("Remove functions and relay, and say what stays")
    .option("--purge", "delete records, their definitions and the namespace too")
    .option("--yes", "confirm it")
    .action(uninstall);
}

function addOptions(command: Command): Command {
  return command
    .requiredOption("--settings <file>", "settings of the stage, as kubemend init writes them")
    .option("--context <name>", "context of the kubeconfig (default: the current one)")
    .option("--other-address", "the context is the cluster of the settings, at another address")
    .option("--keys <file>", "file of the signing keys (default: signing-keys beside the settings)")
    .option("--plan", "print the commands, and run none")
    .option("--from <number>", "begin with this step; the first checks run all the same");
}

async function deploy(options: Options): Promise<void> {
  const context = readDeployContext(options);
  // Packing would refuse it, too; a plan would be a plan of nothing.
  await readPipeline(context.pipeline);
  const steps = toDeploySteps(context);
  const from = parseFrom(options.from, steps.length);
  if (options.plan === true) {
    writeOutput(toScript(steps, from));
    return;
  }
  using stop = stopSignal();
  await runSteps(steps, { from, goOn }, stop.signal);
}

async function uninstall(options: UninstallOptions): Promise<void> {
  const context = readDeployContext(options, { isRemoval: true });
  const isPurge = options.purge ?? false;
  const steps = toUninstallSteps(context, isPurge);
  const from = parseFrom(options.from, steps.length);
  const rest = describeRest(context, isPurge).map(toPrintable);
  if (options.plan === true) {
    writeOutput(
      `${toScript(steps, from)}\n# What stays:\n${rest.map((line) => `# - ${line}\n`).join("")}`,
    );
    return;
  }
  if (options.yes !== true) {
    throw misuse(
      "this removes functions, queues and relay: look at it with --plan, and confirm it with --yes",
    );
  }
  using stop = stopSignal();
  const isDone = await runSteps(steps, { from, goOn }, stop.signal);
  if (isDone) writeError(`\nWhat stays:\n${rest.map((line) => `- ${line}\n`).join("")}`);
}

function goOn(number: number): string {
  return `Correct the cause, and run the same command again; with --from ${number} it begins with this step.`;
}

function parseFrom(text: string | undefined, count: number): number {
  if (text === undefined) return 1;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= count) return number;
  throw misuse(`--from is ${text}: expected the number of a step, 1 to ${count}`);
}
