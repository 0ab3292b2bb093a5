import { spawn } from "node:child_process";
import { accessSync, constants, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Argument, Command } from "commander";
import { createFolder } from "../../adapters/create-folder.ts";
import { describeError, KubemendError } from "../../core/errors.ts";
import { defaultDataDir } from "../../sandbox/host/folders.ts";
import { poll } from "../../sandbox/host/poll.ts";
import { sleep } from "../../sandbox/host/sleep.ts";
import { LOG_PARTS } from "../../sandbox/pipeline/pipeline-log.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import {
  isAlive,
  readState,
  removeState,
  writeState,
  type SandboxState,
} from "../../sandbox/state-file.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeOutput } from "../terminal/streams.ts";
import { withBuildNotes } from "./build-notes.ts";
import { toDataDirOption } from "./data-dir-option.ts";
import { createLiveLines } from "./live-lines.ts";
import { showLogs } from "./logs.ts";
import { describeOther } from "./other-sandbox.ts";
import { usageHints } from "./usage-hints.ts";

const POLL_MS = 200;
const DOWN_TIMEOUT_MS = 30_000;

type UpOptions = {
  readonly detach?: boolean;
  readonly json?: boolean;
  readonly bare?: boolean;
  readonly config?: string;
  readonly dataDir: string;
};

/** `kubemend sandbox up | down | status | logs`: a real control plane, queues and, without --bare, the whole pipeline. */
export function sandboxCommand(): Command {
  const dataDir = ["--data-dir <dir>", "folder for the sandbox's data", defaultDataDir()] as const;
  return new Command("sandbox")
    .description("Run a real Kubernetes control plane and SQS queues on this machine")
    .addCommand(
      new Command("up")
        .description("Start the sandbox in the foreground, until Ctrl-C")
        .option("--detach", "run it in the background")
        .option("--json", "print its addresses as one JSON object")
        .option("--bare", "only the control plane and the queues, without relay and functions")
        .option("--config <file>", "pipeline file (default: the sandbox's own)")
        .option(...dataDir)
        .action((options: UpOptions) => up(options)),
    )
    .addCommand(
      new Command("down")
        .description("Stop the sandbox")
        .option(...dataDir)
        .action((options: { dataDir: string }) => down(options.dataDir)),
    )
    .addCommand(
      new Command("status")
        .description("Show whether the sandbox is running, and where; exit code 1 if it is not")
        .option("--json", "print its addresses as one JSON object")
        .option(...dataDir)
        .action((options: { dataDir: string; json?: boolean }) => status(options)),
    )
    .addCommand(
      new Command("logs")
        .description("Print the log lines of the relay and the functions since the start")
        .addArgument(new Argument("[part]", "only the lines of this part").choices([...LOG_PARTS]))
        .option("-f, --follow", "continue with new lines, until Ctrl-C")
        .option("--json", "print the lines as they were written, with the metrics")
        .option(...dataDir)
        .action(logs),
    );
}

async function up(options: UpOptions): Promise<void> {
  const output = createOutput({ json: options.json ?? false });
  const running = readState(options.dataDir);
  if (running) {
    const other = describeOther(running, options);
    if (other !== undefined) throw unavailable(other);
    output.print(`The sandbox is already running (process ${running.pid}).`);
    show(output, running);
    return;
  }
  openDataDir(options.dataDir);
  if (options.detach) {
    show(output, await startDetached(options, output));
    return;
  }
  using stop = stopSignal();
  const live = createLiveLines(output);
  const { dataDir, bare = false, config } = options;
  const sandbox = await startSandbox(
    { dataDir, bare, config, listener: live.listener },
    withBuildNotes(output.progress),
    stop.signal,
  );
  try {
    const state: SandboxState = {
      pid: process.pid,
      startedAt: new Date().toISOString(),
      bare,
      config: sandbox.config,
      createdNamespaces: sandbox.pipeline?.createdNamespaces,
      info: sandbox.info,
    };
    writeState(dataDir, state);
    show(output, state);
    output.print("\nPress Ctrl-C to stop.");
    const ended = sandbox.ended(stop.signal);
    await Promise.race([ended, live.run(sandbox, stop.signal).then(() => ended)]);
  } finally {
    removeState(dataDir);
    await sandbox.stop();
  }
}

/** Throws InvalidConfiguration that names the option if the folder cannot be used. */
function openDataDir(dataDir: string): void {
  try {
    createFolder(dataDir, 0o700);
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    throw misuse(
      `--data-dir ${dataDir} cannot be used: ${describeError(error)}. Name a folder that you may write to.`,
    );
  }
}

async function logs(
  part: string | undefined,
  options: { readonly dataDir: string; readonly follow?: boolean; readonly json?: boolean },
): Promise<void> {
  using stop = stopSignal();
  const { dataDir, follow = false, json = false } = options;
  await showLogs({ dataDir, part, follow, json }, stop.signal);
}

/** Starts this same command in the background, and waits until it has written its state. */
async function startDetached(options: UpOptions, output: Output): Promise<SandboxState> {
  const logFile = join(options.dataDir, "sandbox.log");
  const pid = spawnDetached(options, logFile);
  using stop = stopSignal();
  for (;;) {
    const state = readState(options.dataDir);
    if (state) return state;
    const lines = readFileSync(logFile, "utf8").trimEnd().split("\n");
    if (!isAlive(pid)) {
      throw unavailable(`The sandbox did not start:\n${lines.slice(-8).join("\n")}`);
    }
    if (stop.signal.aborted) {
      process.kill(pid, "SIGTERM");
      stop.signal.throwIfAborted();
    }
    output.progress(lines.at(-1) ?? "");
    await sleep(POLL_MS, stop.signal);
  }
}

/** Returns the process id. */
function spawnDetached(options: UpOptions, logFile: string): number {
  const log = openSync(logFile, "w", 0o600);
  const flags = [
    ...(options.bare ? ["--bare"] : []),
    ...(options.config === undefined ? [] : ["--config", options.config]),
  ];
  const script = process.argv[1] ?? "";
  const child = spawn(
    process.execPath,
    [script, "sandbox", "up", "--data-dir", options.dataDir, ...flags],
    { detached: true, stdio: ["ignore", log, log] },
  );
  child.unref();
  if (child.pid !== undefined) return child.pid;
  throw new KubemendError("Internal", `${process.execPath} could not be started.`, {
    retryable: false,
  });
}

async function down(dataDir: string): Promise<void> {
  const state = readState(dataDir);
  if (!state) {
    removeState(dataDir);
    writeOutput("No sandbox is running.\n");
    return;
  }
  process.kill(state.pid, "SIGTERM");
  const message = `The sandbox (process ${state.pid}) did not stop within ${DOWN_TIMEOUT_MS / 1000} s. Its log is ${join(dataDir, "sandbox.log")}; kill -9 ${state.pid} ends it and everything that it started.`;
  await poll({
    intervalMs: 50,
    timeoutMs: DOWN_TIMEOUT_MS,
    toTimeout: () => unavailable(message),
    ask: async () => (isAlive(state.pid) ? undefined : true),
  });
  removeState(dataDir);
  writeOutput("The sandbox has stopped.\n");
}

async function status(options: { dataDir: string; json?: boolean }): Promise<void> {
  const state = readState(options.dataDir);
  if (!state) {
    writeOutput(
      options.json
        ? '{"running":false}\n'
        : `No sandbox is running. Start one with \`npx kubemend sandbox up${toDataDirOption(options.dataDir)}\`.\n`,
    );
    process.exitCode = EXIT_FAILED;
    return;
  }
  const output = createOutput({ json: options.json ?? false });
  output.print(`The sandbox has been running since ${state.startedAt} (process ${state.pid}).`);
  if (options.json) output.report("", { running: true, pid: state.pid, ...state.info });
  else show(output, state);
}

function show(output: Output, state: SandboxState): void {
  if (output.json) output.report("", state.info);
  else output.print(usageHints(state));
}

function unavailable(message: string): KubemendError {
  return new KubemendError("Unavailable", message, { retryable: false });
}
