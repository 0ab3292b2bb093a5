import type { Load } from "./load.ts";
import type { Prices } from "./prices.ts";
import { HOURS_PER_MONTH, SECONDS_PER_MONTH, STACK } from "./stack.ts";

/** A line of the bill: what one cluster costs in a month of 30 days. */
export type BillLine = { readonly what: string; readonly how: string; readonly perMonth: number };

const KB_PER_REQUEST = 64;
/** Lambda polls an idle queue with five connections, each request waiting 20 s. */
const IDLE_POLLS_PER_MONTH = (5 * SECONDS_PER_MONTH) / 20;
/** The sweep runs each minute, and reads the relay's Lease twice, 10 s apart. */
const SWEEPS_PER_MONTH = SECONDS_PER_MONTH / 60;
const SWEEP_SECONDS = 11;
/** Messages and seconds of one remediation: request, wake-ups, and the invocations that they cause. */
const REMEDIATION_INVOCATIONS = 4;
const REMEDIATION_SECONDS = 0.5;
const NOTIFY_SECONDS = 0.3;
/** A log line of half a KB for each remediation step and alert, and the metrics of each invocation. */
const LOG_KB = 0.5;

/** What Kubemend costs for one cluster. */
export function billKubemend(load: Load, prices: Prices): readonly BillLine[] {
  const changes = load.changesPerSecond * SECONDS_PER_MONTH;
  const batches = changes / load.batch;
  const remediations = load.remediationsPerHour * HOURS_PER_MONTH;
  const alerts = load.alertsPerHour * HOURS_PER_MONTH;
  const invocations = remediations * REMEDIATION_INVOCATIONS;
  const polls = IDLE_POLLS_PER_MONTH;
  const { fifo, standard } = STACK.eventSources;
  return [
    {
      what: "changes through SQS",
      how: `${formatCount(changes)} changes in batches of ${round(load.batch)}: sent, received and deleted`,
      perMonth: fifoRequests(batches, load.messageKb * load.batch, prices),
    },
    {
      what: "normalize",
      how: `${formatCount(batches)} invocations of ${load.invocationMs} ms`,
      perMonth: lambda(batches, load.invocationMs / 1000, prices),
    },
    {
      what: "remediations",
      how: `${formatCount(remediations)} remediations, ${REMEDIATION_INVOCATIONS} invocations each`,
      perMonth:
        lambda(invocations, REMEDIATION_SECONDS, prices) + fifoRequests(invocations, 4, prices),
    },
    {
      what: "alerts",
      how: `${formatCount(alerts)} alerts`,
      perMonth: lambda(alerts, NOTIFY_SECONDS, prices) + standardRequests(alerts, 4, prices),
    },
    {
      what: "idle polling",
      how: `${formatCount(polls * (fifo + standard))} requests: Lambda asks the queues every 20 s`,
      perMonth:
        perMillion(polls * fifo, prices.sqsFifoPerMillion) +
        perMillion(polls * standard, prices.sqsStandardPerMillion),
    },
    {
      what: "sweep",
      how: `${formatCount(SWEEPS_PER_MONTH)} invocations of ${SWEEP_SECONDS} s`,
      perMonth: lambda(SWEEPS_PER_MONTH, SWEEP_SECONDS, prices),
    },
    {
      what: "logs",
      how: "half a KB for each invocation",
      perMonth:
        (((batches + invocations + alerts + SWEEPS_PER_MONTH) * LOG_KB) / 1024 ** 2) *
        prices.logsPerGb,
    },
    {
      what: "alarms, dashboard, secret",
      how: `${STACK.alarms} alarms, ${STACK.dashboards} dashboard, ${STACK.secrets} secret`,
      perMonth:
        STACK.alarms * prices.alarmPerMonth +
        STACK.dashboards * prices.dashboardPerMonth +
        STACK.secrets * prices.secretPerMonth,
    },
  ];
}

/** What the usual design costs: one SendMessage to a standard queue and one invocation for each change. */
export function billOneByOne(load: Load, prices: Prices): readonly BillLine[] {
  const changes = load.changesPerSecond * SECONDS_PER_MONTH;
  return [
    {
      what: "changes through SQS",
      how: `${formatCount(changes)} changes, each sent, received and deleted`,
      perMonth: standardRequests(changes, load.messageKb, prices),
    },
    {
      what: "function",
      how: `${formatCount(changes)} invocations of ${load.invocationMs} ms`,
      perMonth: lambda(changes, load.invocationMs / 1000, prices),
    },
    {
      what: "idle polling",
      how: `${formatCount(IDLE_POLLS_PER_MONTH)} requests of one queue`,
      perMonth: perMillion(IDLE_POLLS_PER_MONTH, prices.sqsStandardPerMillion),
    },
    {
      what: "logs",
      how: "half a KB for each invocation",
      perMonth: ((changes * LOG_KB) / 1024 ** 2) * prices.logsPerGb,
    },
  ];
}

export function sumBill(lines: readonly BillLine[]): number {
  return lines.reduce((sum, { perMonth }) => sum + perMonth, 0);
}

/** Sending and receiving are billed by size, deleting is not. */
function fifoRequests(count: number, kb: number, prices: Prices): number {
  return perMillion(count * toRequests(kb), prices.sqsFifoPerMillion);
}

function standardRequests(count: number, kb: number, prices: Prices): number {
  return perMillion(count * toRequests(kb), prices.sqsStandardPerMillion);
}

function toRequests(kb: number): number {
  return 2 * Math.ceil(kb / KB_PER_REQUEST) + 1;
}

function lambda(invocations: number, seconds: number, prices: Prices): number {
  return (
    perMillion(invocations, prices.lambdaRequestsPerMillion) +
    invocations * seconds * STACK.memoryGb * prices.lambdaPerGbSecond
  );
}

function perMillion(count: number, price: number): number {
  return (count / 1_000_000) * price;
}

function formatCount(count: number): string {
  return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(
    count,
  );
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
