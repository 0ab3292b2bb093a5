import { open, type FileHandle } from "node:fs/promises";
import { Command } from "commander";
import { describeError, KubemendError } from "../../core/errors.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { listVersions, readCatalog, type CatalogOptions } from "../input/read-catalog.ts";
import { createProgress } from "./progress.ts";
import { simulate, type NamedPipeline } from "./simulate.ts";
import { formatSummary, toSummaryRecord } from "./summary.ts";
import { stopSignal } from "../terminal/stop-signal.ts";

type Options = CatalogOptions & {
  readonly config: string;
  readonly against?: string;
  readonly json?: boolean;
};

/** `kubemend simulate --config PIPELINE FILE|-`: what a pipeline would have decided on recorded changes, and why. */
export function simulateCommand(): Command {
  return new Command("simulate")
    .description("Decide on recorded changes as normalize would, offline, and say why")
    .argument("<file>", "a recording of kubemend record; - for standard input")
    .requiredOption("--config <file>", "pipeline file")
    .option("--against <file>", "another pipeline file: print only what it would do otherwise")
    .option(
      "--context <name>",
      "resolve references by what this kubeconfig context's cluster serves",
    )
    .option("--kubeconfig <file>", "kubeconfig for --context; alone: its current context")
    .option(
      "--kubernetes-version <version>",
      `resolve them by the built-in table of this version, ${listVersions()} (default: 1.36)`,
    )
    .option(
      "--catalog <file>",
      "further kinds: a JSON list of {group, version, kind, resource, namespaced, preferred?}",
    )
    .option("--json", "a line of JSON for each decision, and a summary as the last one")
    .addHelpText(
      "after",
      `
Nothing is written and no cluster is asked, but for what kinds it serves with --context. Guards, cooldowns and what the
cluster looks like now are no part of it: a match is what normalize would ask for.

Rules decide on changes of their own watch only, here as everywhere: a rule whose selection differs from the recorded one
is told as unbound. Record with the pipeline that selects more, and simulate the one to be tried.

The exit code is 1 where a line of the recording cannot be read; such lines are told, and the rest is simulated.`,
    )
    .action(runSimulate);
}

async function runSimulate(file: string, options: Options): Promise<void> {
  using stop = stopSignal();
  const base = await readNamed(options.config);
  const other = options.against === undefined ? undefined : await readNamed(options.against);
  const { catalog } = await readCatalog(options, stop.signal);
  await using recording = await openInput(file);
  const json = options.json === true;
  const progress = createProgress({
    stream: process.stderr,
    nowMs: () => performance.now(),
    totalBytes: recording.totalBytes,
  });
  const { stdout: output } = process;
  const { chunks } = recording;
  const result = await simulate(
    { recording: chunks, base, other, catalog, json, output, progress },
    stop.signal,
  );
  const end = json ? JSON.stringify(toSummaryRecord(result)) : formatSummary(result);
  output.write(`${end}\n`);
  if (result.refused > 0 || result.isStopped) process.exitCode = EXIT_FAILED;
}

async function readNamed(file: string): Promise<NamedPipeline> {
  return { file, pipeline: await readPipeline(file) };
}

type Input = AsyncDisposable & {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly totalBytes: number | undefined;
};

async function openInput(file: string): Promise<Input> {
  if (file === "-") {
    return { chunks: process.stdin, totalBytes: undefined, async [Symbol.asyncDispose]() {} };
  }
  try {
    const handle = await open(file, "r");
    const { size } = await handle.stat();
    return {
      chunks: readChunks(handle),
      totalBytes: size,
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    const message = `cannot read the recording: ${describeError(error)}`;
    throw new KubemendError("InvalidConfiguration", message, { retryable: false, cause: error });
  }
}

const CHUNK_BYTES = 256 * 1024;

/** Always in the same memory: a chunk is gone when the next one is asked for. Buffers of a stream wait for the collector. */
async function* readChunks(handle: FileHandle): AsyncGenerator<Uint8Array, void> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
