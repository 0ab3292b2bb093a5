import { open, type FileHandle } from "node:fs/promises";
import { Command } from "commander";
import type { KubernetesObject } from "../../events/change.ts";
import { describeFileError } from "../../adapters/describe-file-error.ts";
import { KubemendError } from "../../core/errors.ts";
import type { Assumed } from "../../core/simulate/guard-run.ts";
import { isSource } from "../../core/pipeline/rights/cluster-rights.ts";
import { viewFrom } from "../../core/pipeline/source-view.ts";
import { quote } from "../../core/text/quote.ts";
import { parseDuration } from "../../core/text/duration.ts";
import { EXIT_FAILED } from "../terminal/exit.ts";
import { readInput, readText } from "../input/read-input.ts";
import { readPipeline } from "../input/read-pipeline.ts";
import { listVersions, readCatalog, type CatalogOptions } from "../input/read-catalog.ts";
import { parseOfflineObjects, type ObjectsElsewhere } from "./decide/offline-objects.ts";
import { toRecording, type ObjectsInput } from "./objects-as-changes.ts";
import { peekInput } from "./peek-input.ts";
import { createProgress } from "./progress.ts";
import type { NamedPipeline } from "./decide/side.ts";
import { simulate } from "./simulate.ts";
import { formatSummary, toSummaryRecord } from "./summary.ts";
import { misuse } from "../terminal/misuse.ts";
import { toJsonLine } from "../terminal/printable.ts";
import { stopSignal } from "../terminal/stop-signal.ts";
import { writeOutput } from "../terminal/streams.ts";

type Options = CatalogOptions & {
  readonly objects?: readonly string[];
  readonly objectsIn?: readonly string[];
  readonly config: string;
  readonly against?: string;
  readonly cluster?: string;
  readonly assumeDuration?: string;
  readonly assumeFailure?: boolean;
  readonly json?: boolean;
};

/** `kubemend simulate --config PIPELINE FILE|-`: shows what a pipeline would have decided on recorded changes, and why. */
export function simulateCommand(): Command {
  return new Command("simulate")
    .description("Evaluate a pipeline on recorded changes offline, and explain each decision")
    .argument(
      "<file>",
      "a recording made by kubemend record, or objects as kubectl get -o yaml writes them; - for standard input",
    )
    .requiredOption("--config <file>", "pipeline file")
    .option(
      "--objects <file>",
      "objects that actions look at besides the recorded one, as kubectl get -o yaml writes them; may be repeated",
      collect,
    )
    .option(
      "--objects-in <cluster=file>",
      "the same for another cluster of the pipeline, in which actions act; may be repeated",
      collect,
    )
    .option(
      "--cluster <name>",
      "the cluster of the pipeline whose changes these are (default: the pipeline's own)",
    )
    .option("--against <file>", "another pipeline file: print only what it would do differently")
    .option(
      "--context <name>",
      "resolve references with the kinds that this kubeconfig context's cluster serves",
    )
    .option("--kubeconfig <file>", "kubeconfig for --context; alone: its current context")
    .option(
      "--kubernetes-version <version>",
      `resolve references with the built-in table of this version, ${listVersions()} (default: 1.36)`,
    )
    .option(
      "--catalog <file>",
      "additional kinds: a JSON list of {group, version, kind, resource, namespaced, preferred?}",
    )
    .option(
      "--assume-duration <duration>",
      "how long a remediation takes until it is verified, such as 2m, for the guards (default: it ends at once)",
    )
    .option("--assume-failure", "remediations fail, for the guards (default: they succeed)")
    .option("--json", "print one JSON line per decision, and a summary as the last line")
    .addHelpText(
      "after",
      `
  kubectl get pods -n shop -o yaml | kubemend simulate --config pipeline.yaml -

Of objects, each is taken to have just been modified, and actions can look at the others.

Nothing is written, and no cluster is contacted, except to read the kinds that it serves if --context is given. Each match
shows what it would wait for, each operation with the diff of its object, the texts of its alerts, or why it would be refused;
all of it on the recorded object and those of --objects. What only the live cluster knows is not simulated: that the state has
lasted, who manages a field (unless --objects has it: kubectl get -o yaml --show-managed-fields), quotas and admission.

The guards of each rule decide too, by the times of the recording: which matches are started, held back, refused or expire.
--against compares operations and guards as well as decisions.

As always, a rule decides only on changes of its own watch: a rule whose selection differs from the recorded one is
reported as unbound. Record with the pipeline that selects more, and simulate the one that you want to try.

The exit code is 1 if a line of the recording cannot be read; such lines are reported, and the others are simulated.`,
    )
    .action(runSimulate);
}

async function runSimulate(file: string, options: Options): Promise<void> {
  using stop = stopSignal();
  const assumed = readAssumed(options);
  const base = await readNamed(options.config, options.cluster);
  const other =
    options.against === undefined ? undefined : await readNamed(options.against, options.cluster);
  const { catalog } = await readCatalog(options, stop.signal);
  const objects = await readObjects(options.objects ?? []);
  const elsewhere = await readElsewhere(options.objectsIn ?? []);
  await using recording = await openInput(file);
  const peeked = await peekInput(recording.chunks);
  const json = options.json === true;
  const progress = createProgress({
    stream: process.stderr,
    nowMs: () => performance.now(),
    totalBytes: recording.totalBytes,
  });
  const { stdout: output } = process;
  const pipelines = [base.pipeline, ...(other === undefined ? [] : [other.pipeline])] as const;
  const input =
    peeked.type === "recording"
      ? { recording: peeked.chunks, objects }
      : await readAsChanges(peeked.chunks, file, { pipelines, catalog, objects });
  const result = await simulate(
    { ...input, elsewhere, base, other, catalog, assumed, json, output, progress },
    stop.signal,
  );
  const end = json ? toJsonLine(toSummaryRecord(result)) : formatSummary(result);
  writeOutput(`${end}\n`);
  if (result.refused > 0 || result.isStopped) process.exitCode = EXIT_FAILED;
}

function readAssumed({ assumeDuration = "0s", assumeFailure = false }: Options): Assumed {
  const durationMs = parseDuration(assumeDuration);
  if (durationMs !== undefined) return { durationMs, fails: assumeFailure };
  throw misuse(
    `--assume-duration ${assumeDuration}: expected a number and s, m, h or d, such as 90s or 2m`,
  );
}

async function readObjects(files: readonly string[]): Promise<readonly KubernetesObject[]> {
  const texts = await Promise.all(files.map((file) => readInput(file, process.stdin)));
  return texts.flatMap((text, index) => parseOfflineObjects(text, files[index] ?? ""));
}

/** `backup=objects.yaml`, each. */
async function readElsewhere(written: readonly string[]): Promise<ObjectsElsewhere> {
  const found: Record<string, readonly KubernetesObject[]> = {};
  for (const entry of written) {
    const at = entry.indexOf("=");
    const [cluster, file] = [entry.slice(0, Math.max(at, 0)), entry.slice(at + 1)];
    if (cluster === "" || file === "") {
      throw misuse(`--objects-in ${entry}: expected the name of a cluster, = and a file`);
    }
    found[cluster] = [...(found[cluster] ?? []), ...(await readObjects([file]))];
  }
  return found;
}

function collect(file: string, files: readonly string[] = []): readonly string[] {
  return [...files, file];
}

/** Objects instead of a recording. */
async function readAsChanges(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  { objects: others, ...context }: Omit<ObjectsInput, "now">,
): Promise<{ recording: AsyncIterable<Uint8Array>; objects: readonly KubernetesObject[] }> {
  const name = file === "-" ? "standard input" : file;
  const objects = parseOfflineObjects(await readText(chunks, name), name);
  const text = toRecording({ ...context, objects, now: new Date().toISOString() });
  return { recording: ReadableStream.from([Buffer.from(text)]), objects: [...objects, ...others] };
}

/** The pipeline as it is for changes of the cluster. */
async function readNamed(file: string, cluster: string | undefined): Promise<NamedPipeline> {
  const pipeline = await readPipeline(file);
  const name = cluster ?? pipeline.cluster.name;
  if (isSource(pipeline, name)) return { file, pipeline: viewFrom(pipeline, name) };
  throw misuse(
    `--cluster: no rule of ${file} takes changes of a cluster ${quote(name)} (on.clusters)`,
  );
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
    const info = await handle.stat();
    if (info.isDirectory()) {
      await handle.close();
      throw unreadable(file, "it is a folder");
    }
    const { size } = info;
    return {
      chunks: readChunks(handle),
      totalBytes: size,
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    if (error instanceof KubemendError) throw error;
    throw unreadable(file, describeFileError(error), error);
  }
}

function unreadable(file: string, why: string, cause?: unknown): KubemendError {
  const message = `cannot read the recording ${file}: ${why}`;
  return new KubemendError("InvalidConfiguration", message, { retryable: false, cause });
}

const CHUNK_BYTES = 256 * 1024;

/** Reuses one buffer: a chunk is valid until the next one is requested. A stream's buffers would wait for the garbage collector. */
async function* readChunks(handle: FileHandle): AsyncGenerator<Uint8Array, void> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
