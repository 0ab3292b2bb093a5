import { resolve } from "node:path";
import { Command } from "commander";
import { readKeyFile } from "../../adapters/signing/key-file.ts";
import type { Result } from "../../core/result.ts";
import { toClusterSteps } from "../setup/cluster-steps.ts";
import { createPrivateFile, replacePrivateFile } from "../setup/private-file.ts";
import { runSteps } from "../setup/run-steps.ts";
import { readInput } from "../input/read-input.ts";
import { readStage } from "../setup/stage.ts";
import { toScript } from "../setup/step.ts";
import { toKubectl, toStoreSteps } from "../setup/store-keys.ts";
import { toCompareSteps } from "../setup/stored-keys.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeOutput } from "../terminal/streams.ts";
import { compareKeys } from "./compare.ts";
import { addKey, makeKey, removeKey, toKeyId, useKey, type KeyRing } from "./key-ring.ts";

type JsonOption = { readonly json?: boolean };
type RemoveOptions = JsonOption & { readonly drained?: boolean };
type StoreOptions = {
  readonly settings: string;
  readonly context?: string;
  readonly otherAddress?: boolean;
  readonly replace?: boolean;
  readonly plan?: boolean;
};

/** `kubemend keys`: makes signing keys, rotates them without losing a message, and stores them. */
export function keysCommand(): Command {
  const command = new Command("keys")
    .description("Make signing keys, rotate them without losing a message, and store them")
    .addHelpText("after", HELP);
  addEdit(command, "new <file>", "make a file with a first key").action(makeFile);
  addEdit(command, "list <file>", "print the ids of the keys").action(list);
  addEdit(command, "add <file>", "add a new key, which verifies and signs nothing yet").action(
    (file: string, options: JsonOption) => edit(file, options, (ring) => addKey(ring, makeKey())),
  );
  addEdit(command, "use <file> <id>", "make a key the one that signs").action(
    (file: string, id: string, options: JsonOption) =>
      edit(file, options, (ring) => useKey(ring, id)),
  );
  addEdit(command, "remove <file> <id>", "remove a key that no longer signs")
    .option("--drained", "no message that it signed waits in a queue any more")
    .action(remove);
  command
    .command("compare <file>")
    .description(
      "fail if the file lacks the key that signs now; what is stored is read from standard input",
    )
    .action(async (file: string) => compareKeys(file, await readInput("-", process.stdin)));
  command.addCommand(
    new Command("store")
      .description("Store the keys for functions and relay")
      .argument("<file>", "file of the keys")
      .requiredOption("--settings <file>", "settings of the stage, as kubemend init writes them")
      .option("--context <name>", "context of the kubeconfig for kubectl")
      .option("--other-address", "the context is the cluster of the settings, at another address")
      .option("--replace", "also if others sign now: what they have signed then counts as unsigned")
      .option("--plan", "print the commands, and run none")
      .action(store),
  );
  return command;
}

const HELP = `
A rotation, with a minute or two between the steps; the keys are read again each minute, and nothing is restarted:

  kubemend keys add signing-keys           and  kubemend keys store signing-keys --settings prod.env
  kubemend keys use signing-keys ID        and  kubemend keys store ...: relay and functions sign with it
  kubemend keys remove signing-keys ID --drained   and  kubemend keys store ...: once no message from before waits

Every key of the file verifies and the first one signs, so no message is refused in between. An id is the beginning of a
hash and tells nothing about its key.`;

function addEdit(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option("--json", "print one JSON object for each key");
}

function makeFile(file: string, { json = false }: JsonOption): void {
  const key = makeKey();
  if (!createPrivateFile(file, toText([key]))) {
    throw misuse(
      `${file} exists already, and its keys may be in use: kubemend keys add ${file} adds one`,
    );
  }
  report([key], createOutput({ json }));
}

async function list(file: string, { json = false }: JsonOption): Promise<void> {
  report(await readKeyFile(file), createOutput({ json }));
}

async function edit(
  file: string,
  { json = false }: JsonOption,
  change: (ring: KeyRing) => Result<KeyRing, string>,
): Promise<void> {
  const changed = change(await readKeyFile(file));
  if (!changed.ok) throw misuse(`${file}: ${changed.error}`);
  replacePrivateFile(file, toText(changed.value));
  const output = createOutput({ json });
  report(changed.value, output);
  output.print(`Now store them: kubemend keys store ${file} --settings FILE`);
}

async function remove(file: string, id: string, options: RemoveOptions): Promise<void> {
  if (options.drained !== true) {
    throw misuse(
      "a message that this key signed counts as unsigned once it is gone: look whether any queue, or dead-letter queue, holds one from before the other key was used (kubemend doctor shows how many each holds), and say --drained. After 28 days none can",
    );
  }
  await edit(file, options, (ring) => removeKey(ring, id));
}

async function store(file: string, options: StoreOptions): Promise<void> {
  const { settings, context, otherAddress = false, replace = false, plan = false } = options;
  // Refused here, and not by the functions when they read it.
  await readKeyFile(file);
  const [keys, stage] = [resolve(file), readStage(settings)];
  const kubectl = toKubectl(context);
  const steps = [
    ...toClusterSteps({ kubectl, stage, isOtherAddress: otherAddress }),
    ...(replace ? [] : toCompareSteps(keys, stage, kubectl)),
    ...toStoreSteps(keys, stage, context),
  ];
  if (plan) {
    writeOutput(toScript(steps));
    return;
  }
  using stop = stopSignal();
  await runSteps(
    steps,
    { goOn: () => "Correct the cause, and run the command again." },
    stop.signal,
  );
}

function report(ring: KeyRing, output: Output): void {
  for (const [index, key] of ring.entries()) {
    const id = toKeyId(key);
    const signs = index === 0;
    output.report(`${id}  ${signs ? "signs and verifies" : "verifies"}`, {
      type: "key",
      id,
      signs,
    });
  }
}

function toText(ring: KeyRing): string {
  return ring.map((key) => `${key}\n`).join("");
}
