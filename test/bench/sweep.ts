import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import type { SweepReport } from "../../functions/sweep/tally.ts";
import type { Bench } from "./bench.ts";
import { countDue } from "./sweep/records.ts";
import type { Cell } from "./table.ts";

const DEFAULT_SIZES = [5_000, 50_000, 500_000];
const RUNS = 5;
/** The function's memory; V8's heap gets what the process itself does not need. */
const MEMORY_MB = 256;
const HEAP_MB = 160;

type Answer = {
  readonly report: SweepReport;
  readonly wakeups: number;
  readonly ms: number;
  readonly rssMb: number;
};
type Traffic = { readonly requests: number; readonly bytes: number };

/** The cost of a run of the sweep by number of records, of which 1 % are open and a tenth of these due, once a minute. */
export const sweep: Bench = {
  about: "a run of the sweep with 5,000, 50,000 and 500,000 records",
  async run({ options, folder, progress, show }) {
    const sizes = options.objects === undefined ? DEFAULT_SIZES : [options.objects];
    const rows: Cell[][] = [];
    for (const size of sizes) {
      progress.doing(`${size} records`);
      rows.push(await play(size, join(folder, `${size}.kubeconfig`)));
    }
    show({
      title: "The sweep, once a minute, against an API server that generates its pages on demand",
      columns: ["records", "due", "woken", "run s", "requests", "MB a minute", "RSS MB"],
      rows,
      notes: [
        `the slowest of ${RUNS} runs, and the largest memory; a run has 60 s and ${MEMORY_MB} MB`,
        "due records are woken in the next run: at most a minute and one run after the minute that is left for their own wake-up",
      ],
    });
  },
};

async function play(size: number, kubeconfig: string): Promise<Cell[]> {
  const startMs = Date.now();
  const server = await start("server.ts", [String(size), String(startMs)], []);
  try {
    writeKubeconfig(kubeconfig, (server.first as { readonly port: number }).port);
    const heap = [`--max-old-space-size=${HEAP_MB}`];
    const sweeper = await start("runs.ts", [kubeconfig, String(startMs)], heap);
    try {
      const answers: Answer[] = [];
      const traffic: Traffic[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        answers.push((await ask(sweeper.child)) as Answer);
        traffic.push((await ask(server.child)) as Traffic);
      }
      const most = (values: readonly number[]): number => Math.max(...values);
      return [
        size,
        countDue(size),
        answers[0]?.wakeups ?? 0,
        most(answers.map(({ ms }) => ms)) / 1000,
        most(traffic.map(({ requests }) => requests)),
        most(traffic.map(({ bytes }) => bytes)) / 1e6,
        Math.round(most(answers.map(({ rssMb }) => rssMb))),
      ];
    } finally {
      sweeper.child.disconnect();
    }
  } finally {
    server.child.disconnect();
  }
}

async function start(
  script: string,
  args: readonly string[],
  execArgv: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly first: unknown }> {
  const path = join(findProjectRoot(), "test", "bench", "sweep", script);
  const child = fork(path, args, { execArgv: [...execArgv], stdio: "inherit" });
  return { child, first: await answerOf(child) };
}

function ask(child: ChildProcess): Promise<unknown> {
  const answer = answerOf(child);
  child.send({});
  return answer;
}

/** The process's next message; rejects if the process ends without one. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the process ended with ${String(code)}`);
  });
  const [message] = (await Promise.race([once(child, "message"), ended])) as [unknown];
  ended.catch(() => {});
  return message;
}

function writeKubeconfig(path: string, port: number): void {
  const clusters = [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }];
  const contexts = [{ name: "c", context: { cluster: "c", user: "c" } }];
  const users = [{ name: "c", user: { token: "t" } }];
  writeFileSync(path, JSON.stringify({ "current-context": "c", clusters, contexts, users }));
}
