/**
 * Size of each function's bundle and cost of its cold import, compared with a handler that imports only middy and client-sqs, built
 * plainly and with our flags: `npx node test/bench/cold-start.ts`. Trust the ratios: all are measured alternately in one run.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { bundleFunctions, type BundledFunction } from "../../infra/build/bundle-functions.ts";
import { packPipeline } from "../../infra/build/packed-files.ts";

const ROUNDS = 15;
const root = join(import.meta.dirname, "..", "..");
const LEAN = join(import.meta.dirname, "lean-handler");

/** Measured in a separate process: milliseconds of wall time, and of CPU time of all threads. */
const IMPORT = `
const cpu = process.cpuUsage(), start = performance.now();
await import(process.argv[1]).catch((error) => { process.stderr.write(String(error.message)); process.exit(1); });
const wallMs = performance.now() - start, { user, system } = process.cpuUsage(cpu);
process.stdout.write(JSON.stringify({ wallMs, cpuMs: (user + system) / 1000 }), () => process.exit());
`;

type Cost = { readonly wallMs: number; readonly cpuMs: number };

function importOnce(file: string, environment: NodeJS.ProcessEnv): Cost {
  const options = { encoding: "utf8", env: environment } as const;
  const arguments_ = ["--input-type=module", "-e", IMPORT, file];
  return JSON.parse(execFileSync(process.execPath, arguments_, options)) as Cost;
}

/** The environment that the functions read when they start; nothing connects. */
async function writeEnvironment(folder: string): Promise<NodeJS.ProcessEnv> {
  const kubeconfig = join(folder, "kubeconfig");
  const cluster = { name: "c", cluster: { server: "https://127.0.0.1:1" } };
  const context = { name: "c", context: { cluster: "c", user: "c" } };
  const users = [{ name: "c", user: { token: "t" } }];
  const config = { "current-context": "c", clusters: [cluster], contexts: [context], users };
  writeFileSync(kubeconfig, JSON.stringify(config));
  await packPipeline(join(root, "sandbox", "pipeline.yaml"), folder);
  const queue = (name: string): string => `https://sqs.eu-central-1.amazonaws.com/1/${name}`;
  return {
    PATH: process.env["PATH"],
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "b",
    AWS_LAMBDA_FUNCTION_NAME: "bench",
    KUBECONFIG: kubeconfig,
    KUBEMEND_PIPELINE: join(folder, "pipeline.json"),
    KUBEMEND_REMEDIATIONS_QUEUE_URL: queue("remediations.fifo"),
    KUBEMEND_ALERTS_QUEUE_URL: queue("alerts"),
    KUBEMEND_WAKEUPS_QUEUE_URL: queue("wakeups"),
    KUBEMEND_TRANSFERS_QUEUE_URL: queue("transfers.fifo"),
    KUBEMEND_DEAD_LETTER_QUEUE_URL: queue("dead-letters.fifo"),
    KUBEMEND_WAKEUPS_DEAD_LETTER_QUEUE_URL: queue("wakeups-dead-letters"),
  };
}

function toMedian(costs: readonly Cost[], field: keyof Cost): number {
  const sorted = costs.map((cost) => cost[field]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

type Measured = {
  readonly name: string;
  readonly bytes: number;
  readonly file: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly costs: Cost[];
};

function describe(measured: Measured, yardsticks: readonly Measured[]): string {
  const ratios = (read: (one: Measured) => number): string =>
    yardsticks.map((one) => `${(read(measured) / read(one)).toFixed(2)}x`.padStart(6)).join("");
  const median = (field: keyof Cost) => (one: Measured) => toMedian(one.costs, field);
  const cell = (value: number, unit: string): string => `${Math.round(value)} ${unit}`.padStart(11);
  return [
    measured.name.padEnd(24),
    cell(measured.bytes / 1000, "KB"),
    ratios(({ bytes }) => bytes),
    cell(median("wallMs")(measured), "ms"),
    ratios(median("wallMs")),
    cell(median("cpuMs")(measured), "ms CPU"),
    ratios(median("cpuMs")),
  ].join(" ");
}

/** A usual build: one file, and only those flags of infra/build/bundle-functions.ts that it needs to run. */
async function buildPlain(
  folder: string,
): Promise<{ readonly file: string; readonly bytes: number }> {
  const file = join(folder, "plain.mjs");
  await build({
    entryPoints: [join(LEAN, "functions", "lean", "handler.ts")],
    outfile: file,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
    target: "node24",
    logLevel: "warning",
  });
  return { file, bytes: statSync(file).size };
}

/** The handlers, each with its environment, and normalize once more with V8's compile cache enabled. */
async function prepare(folder: string): Promise<{
  readonly measured: readonly Measured[];
  readonly bundled: readonly BundledFunction[];
}> {
  const environment = await writeEnvironment(folder);
  const plain = { name: "lean, plain build", ...(await buildPlain(folder)) };
  const bundled = [
    ...(await bundleFunctions({ root: LEAN, folder: join(folder, "lean") })),
    ...(await bundleFunctions({ root, folder: join(folder, "functions") })),
  ];
  const cache = { NODE_COMPILE_CACHE: join(folder, "cache") };
  const cached = bundled
    .filter(({ name }) => name === "normalize")
    .map((one) => ({ ...one, name: "normalize, compile cache" }));
  const measured = [
    ...[plain, ...bundled].map((one) => ({ ...one, environment, costs: [] })),
    ...cached.map((one) => ({ ...one, environment: { ...environment, ...cache }, costs: [] })),
  ];
  return { measured, bundled };
}

export async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "kubemend-cold-start-"));
  try {
    const { measured, bundled } = await prepare(folder);
    // The first run fills the compile cache.
    for (const { file, environment } of measured) importOnce(file, environment);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { file, environment, costs } of measured) {
        costs.push(importOnce(file, environment));
      }
    }
    const yardsticks = measured.slice(0, 2);
    console.log("medians; ratios to the lean handler: built plainly, and built with our flags");
    for (const one of measured) console.log(describe(one, yardsticks));
    for (const { name, parts, lazyBytes } of bundled) {
      const largest = parts.slice(0, 8).map((one) => `${one.name} ${Math.round(one.bytes / 1000)}`);
      const lazy = `${Math.round(lazyBytes / 1000)} more if needed`;
      console.log(`${name}, KB: ${largest.join(", ")}; ${lazy}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) await main();
