/**
 * Time from a change to the Job that repairs it, and the API requests of a remediation: `npm run build && npx node
 * test/bench/remediate.ts [--queues fauxqs] [--seconds 20]`. Relay, queues, functions and API server run on this machine; ElasticMQ
 * stands in for SQS (fauxqs hands out one message of a group at a time), or fauxqs if Java is not installed.
 * Prints a table and one line of JSON.
 */
import { parseArgs } from "node:util";
import { findElasticMqObstacle } from "../support/queues/elasticmq.ts";
import { play, type Passage } from "./remediation/load.ts";
import { countRequests } from "./remediation/requests.ts";
import { setStage, type QueueKind, type Stage } from "./remediation/stage.ts";

const WARM_UP = { perSecond: 10, count: 30 };

type Row = {
  readonly rules: number;
  readonly perSecond: number;
  readonly changes: number;
  readonly missing: number;
  /** ms from the change to the Job. */
  readonly p50: number;
  readonly p99: number;
  /** ms at p50: until the relay had read it, until remediate began, until the Job existed. */
  readonly relayMs: number;
  readonly queuesMs: number;
  readonly remediateMs: number;
  readonly requestsEach: number;
};

const { values } = parseArgs({
  options: {
    queues: { type: "string" },
    seconds: { type: "string", default: "20" },
    rates: { type: "string", default: "1,20,100" },
    rules: { type: "string", default: "1,5" },
  },
});
const seconds = Number(values.seconds);
const rates = values.rates.split(",").map(Number);
const queues: QueueKind =
  values.queues === "fauxqs" || findElasticMqObstacle() !== undefined ? "fauxqs" : "ElasticMQ";

const rows: Row[] = [];
process.stdout.write(`Change to Job, ${queues}, ${seconds} s each\n`);
process.stdout.write(
  "rules  changes/s  changes  missing     p50     p99   (relay  queues  remediate)  requests each\n",
);
for (const rules of values.rules.split(",").map(Number)) {
  await using stage = await setStage(rules, queues);
  await play(stage, { ...WARM_UP, rules, prefix: "warm" });
  for (const perSecond of rates) {
    const row = await measure(stage, rules, perSecond);
    rows.push(row);
    process.stdout.write(`${format(row)}\n`);
  }
  const said = await stage.diagnose();
  if (said !== "") process.stdout.write(`${said}\n`);
}
process.stdout.write(`${JSON.stringify({ bench: "remediate", queues, seconds, rows })}\n`);

async function measure(stage: Stage, rules: number, perSecond: number): Promise<Row> {
  const count = Math.max(10, Math.round(perSecond * seconds));
  const before = await countRequests(stage.client);
  const load = { perSecond, rules, count, prefix: `at-${perSecond}` };
  const passages = await play(stage, load);
  // The end and the Event follow the Job.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  // The bench's own requests: a CronJob, and the Jobs that fail.
  const requests = (await countRequests(stage.client)) - before - count - 1;
  const at = (share: number, of: (passage: Passage) => number): number =>
    toPercentile(passages.map(of), share);
  return {
    rules,
    perSecond,
    changes: count,
    missing: count - passages.length,
    p50: at(0.5, ({ sentMs, createdMs }) => createdMs - sentMs),
    p99: at(0.99, ({ sentMs, createdMs }) => createdMs - sentMs),
    relayMs: at(0.5, ({ sentMs, readMs }) => readMs - sentMs),
    queuesMs: at(0.5, ({ readMs, begunMs }) => begunMs - readMs),
    remediateMs: at(0.5, ({ begunMs, createdMs }) => createdMs - begunMs),
    requestsEach: Math.round((requests / count) * 10) / 10,
  };
}

function toPercentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function format(row: Row): string {
  const cells: readonly (readonly [string | number, number])[] = [
    [row.rules, 5],
    [row.perSecond, 11],
    [row.changes, 9],
    [row.missing, 9],
    [row.p50, 8],
    [row.p99, 8],
    [row.relayMs, 9],
    [row.queuesMs, 8],
    [row.remediateMs, 11],
    [row.requestsEach, 15],
  ];
  return cells.map(([value, width]) => String(value).padStart(width)).join("");
}
