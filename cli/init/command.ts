import { join } from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { createFolder } from "../../adapters/create-folder.ts";
import { describeFileError } from "../../adapters/describe-file-error.ts";
import { formatIssues } from "../../adapters/pipeline-issues.ts";
import { parsePipelineText } from "../../adapters/pipeline-file.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { makeKey } from "../keys/key-ring.ts";
import { findRecipe } from "../recipes/find-recipe.ts";
import { readRecipes, type Recipe } from "../recipes/read-recipes.ts";
import { toCommand } from "../setup/shell.ts";
import { toPrefix } from "../setup/stage.ts";
import { toKeyName } from "../setup/stored-keys.ts";
import { openAsk } from "../terminal/ask.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { collectAnswers, type Answers, type Flags } from "./answers.ts";
import { composePipeline } from "./compose-pipeline.ts";
import { readContext } from "./read-context.ts";
import { toChartValues, toStageSettings, type ClusterAddress } from "./stage-files.ts";
import { writePlanned, type Outcome, type PlannedFile } from "./write-files.ts";

type Options = Flags & {
  readonly dir: string;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly json?: boolean;
};

const KEY_FILE = "signing-keys";
const PIPELINE = "pipeline.yaml";

/** `kubemend init`: writes what an installation consists of, from a few answers. */
export function initCommand(): Command {
  return new Command("init")
    .description("Write pipeline file, settings of a stage, values of the chart, and signing keys")
    .option("--dir <folder>", "where to write them", "kubemend")
    .option("--cluster <name>", "name of the EKS cluster")
    .option("--region <region>", "its region")
    .option("--stage <name>", "stage (default: prod)")
    .option(
      "--access <kind>",
      "how the functions reach the cluster, see docs/access.md (default: eks)",
    )
    .option(
      "--signing <kind>",
      "where they find the signing keys: secret or parameter (default: secret)",
    )
    .option(
      "--rule <recipe...>",
      "recipes to begin with, as kubemend recipes lists them (default: 01)",
    )
    .option("--image <repository>", "where the relay's image is, without its tag")
    .option(
      "--context <name>",
      "take name, region, address and certificate of the cluster from this context",
    )
    .option("--kubeconfig <file>", "kubeconfig of that context (default: as kubectl finds it)")
    .option("--yes", "ask nothing: defaults for what no flag says")
    .option("--force", "replace files that have other contents, but never the signing keys")
    .option("--json", "print one JSON object for each file")
    .addHelpText(
      "after",
      `
Nothing is sent anywhere: files are written, and the commands that follow are printed. A file that has other contents is
replaced only if you agree; signing keys never. So it can be run again at any time.`,
    )
    .action(init);
}

async function init(options: Options): Promise<void> {
  using stop = stopSignal();
  using terminal = openAsk(options.yes === true, stop.signal);
  const { ask } = terminal;
  if (ask === undefined && options.yes !== true) {
    throw misuse(
      "there is no terminal to ask on: say --yes, and with flags what the defaults do not fit",
    );
  }
  const { known, address } = readContext(options);
  const answers = await collectAnswers(options, known, ask);
  const files = planFiles(options.dir, answers, address);
  const output = createOutput({ json: options.json ?? false });
  const mayReplace = async (path: string): Promise<boolean> => {
    if (options.force === true) return true;
    const answer = await ask?.(`${path} has other contents. Replace it? (y or n)`, "n");
    return answer?.trim().toLowerCase() === "y";
  };
  makeFolder(options.dir);
  for (const file of files) {
    const outcome = await writeOrRefuse(file, mayReplace);
    report(file, outcome, output);
    if (outcome === "kept") process.exitCode = EXIT_FAILED;
  }
  output.print(`\n${describeNext(options, answers)}`);
}

function makeFolder(dir: string): void {
  try {
    createFolder(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isFile = code === "EEXIST" || code === "ENOTDIR";
    const why = isFile ? "it is a file, or below one" : describeFileError(error);
    throw misuse(`--dir is ${dir}, which cannot be a folder: ${why}`);
  }
}

async function writeOrRefuse(
  file: PlannedFile,
  mayReplace: (path: string) => Promise<boolean>,
): Promise<Outcome> {
  try {
    return await writePlanned(file, mayReplace);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw misuse(`${file.path} cannot be written: ${describeFileError(error)}`);
  }
}

function planFiles(dir: string, answers: Answers, address: ClusterAddress): readonly PlannedFile[] {
  const pipeline = composePipeline(answers.cluster, findRecipes(answers.rules));
  const parsed = parsePipelineText(pipeline);
  if (!parsed.ok) {
    throw misuse(
      `these recipes make no valid pipeline together:\n${formatIssues(PIPELINE, parsed.error)}`,
    );
  }
  return [
    { path: join(dir, PIPELINE), text: pipeline },
    { path: join(dir, `${answers.stage}.env`), text: toStageSettings(answers, PIPELINE, address) },
    { path: join(dir, "values.yaml"), text: toChartValues(answers) },
    { path: join(dir, ".gitignore"), text: `# The signing keys are secret.\n${KEY_FILE}\n` },
    { path: join(dir, KEY_FILE), text: `${makeKey()}\n`, isSecret: true },
  ];
}

function findRecipes(names: readonly string[]): readonly Recipe[] {
  const recipes = readRecipes(join(findProjectRoot(), "docs", "recipes"));
  const found = names.map((name) => findRecipe(recipes, name));
  const faults = found.flatMap((one) => (one.ok ? [] : [toPrintable(one.error)]));
  if (faults.length > 0) throw misuse(faults.join("\n"));
  return [...new Set(found.flatMap((one) => (one.ok ? [one.value] : [])))];
}

const MEANINGS: Readonly<Record<Outcome, string>> = {
  written: "written",
  replaced: "replaced",
  unchanged: "unchanged",
  kept: "kept: it has other contents; --force replaces it",
};

function report({ path, isSecret }: PlannedFile, outcome: Outcome, output: Output): void {
  const meaning =
    isSecret === true && outcome === "unchanged"
      ? "kept: its keys may be in use"
      : MEANINGS[outcome];
  const colour = outcome === "kept" ? pc.yellow : pc.dim;
  output.report(`${toPrintable(path)}  ${colour(meaning)}`, { type: "file", path, outcome });
}

/** The commands that lead from these files to a running installation. */
function describeNext({ dir, context = "CONTEXT" }: Options, { stage, signing }: Answers): string {
  const settings = join(dir, `${stage}.env`);
  const pipeline = join(dir, PIPELINE);
  const at = ["--context", context];
  const store = toKeyName({ signing, prefix: toPrefix(stage) });
  return [
    `${join(dir, KEY_FILE)} is secret: deploy stores the keys as ${store} for the functions and as a Secret for the relay. Keep the file in a safe place. If the stage is deployed already, delete it: deploy keeps the keys that are stored.`,
    "",
    "Edit the pipeline: its namespaces, and whom its alerts reach. Then check it:",
    toLine("validate", pipeline, ...at),
    "See what it would do in your cluster; nothing is written there:",
    toLine("start", ...at, "--config", pipeline),
    "See every command of the installation, and run them:",
    toLine("deploy", "--settings", settings, ...at, "--plan"),
    toLine("deploy", "--settings", settings, ...at),
    "Look whether everything works together:",
    toLine("doctor", "--settings", settings, ...at),
  ]
    .map(toPrintable)
    .join("\n");
}

/** As this command was started: in a clone only npx finds it. */
function toLine(...words: readonly string[]): string {
  const start = process.env["npm_command"] === "exec" ? ["npx", "kubemend"] : ["kubemend"];
  return `    ${toCommand(...start, ...words)}`;
}
