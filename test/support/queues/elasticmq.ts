import { execFile, spawnSync } from "node:child_process";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { findFreePort } from "../../../sandbox/host/free-port.ts";
import { startGuarded } from "../../../sandbox/host/guarded-process.ts";
import { cacheDir } from "../../../sandbox/host/folders.ts";

const run = promisify(execFile);

/** Keep in step with its version in elasticmq/pom.xml. */
const FOLDER = "elasticmq-1.7.1";
const POM = join(import.meta.dirname, "elasticmq", "pom.xml");
const START_TIMEOUT_MS = 60_000;

export type ElasticMq = AsyncDisposable & { readonly endpoint: string };

/** Why ElasticMQ cannot run here; undefined if it can. It needs Java 17, and Maven to fetch it. */
export function findElasticMqObstacle(): string | undefined {
  const java = spawnSync("java", ["-version"], { encoding: "utf8" });
  const major = /version "(?<major>\d+)/.exec(java.stderr ?? "")?.groups?.["major"];
  if (Number(major ?? 0) < 17) return "Java 17 or later is not installed";
  const maven = spawnSync("mvn", ["--version"], { encoding: "utf8" });
  return maven.status === 0 ? undefined : "Maven is not installed";
}

/** Starts ElasticMQ on a free port of loopback, with the limits of SQS. It ends together with this process, however this process ends. */
export async function startElasticMq(): Promise<ElasticMq> {
  const library = await fetchLibrary();
  const port = await findFreePort();
  const settings = [
    "rest-sqs.bind-hostname=127.0.0.1",
    `rest-sqs.bind-port=${port}`,
    "rest-sqs.sqs-limits=strict",
    "rest-stats.enabled=false",
  ].map((setting) => `-D${setting}`);
  const server = startGuarded({
    command: "java",
    // It runs for a minute only: the second JIT compiler would cost more time than it saves, half of ElasticMQ's total.
    args: [
      "-Xmx256m",
      "-XX:TieredStopAtLevel=1",
      "-XX:+UseSerialGC",
      ...settings,
      "-cp",
      join(library, "*"),
      "org.elasticmq.server.Main",
    ],
    environment: process.env,
    output: "pipe",
  });
  const stop = async (): Promise<void> => {
    server.killGroup();
    await server.exited;
  };
  const said: string[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (how: string): void =>
        reject(new Error(`ElasticMQ ${how}:\n${said.slice(-10).join("\n")}`));
      const { stdout } = server.child;
      if (stdout === null) return fail("has no output");
      createInterface({ input: stdout }).on("line", (line) => {
        said.push(line);
        if (/=== ElasticMQ server .* started/.test(line)) resolve();
      });
      void server.exited.then(({ code }) => fail(`ended with exit code ${code}`));
      AbortSignal.timeout(START_TIMEOUT_MS).addEventListener("abort", () => fail("did not start"));
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}

/** The folder of its jars, fetched once. Test files may fetch concurrently: the first result that is complete is kept. */
async function fetchLibrary(): Promise<string> {
  const home = join(cacheDir(), FOLDER);
  const library = join(home, "lib");
  if (await isThere(library)) return library;
  await mkdir(home, { recursive: true });
  const temporary = await mkdtemp(join(home, "fetch-"));
  const fetched = join(temporary, "lib");
  try {
    const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${fetched}`];
    await run("mvn", ["--quiet", "--batch-mode", "--file", POM, ...goal]);
    await rename(fetched, library).catch(async (error: unknown) => {
      if (!(await isThere(library))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return library;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
