import { readFileSync } from "node:fs";
import { Command } from "commander";
import pc from "picocolors";
import { describeError } from "../../core/errors.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { misuse } from "../terminal/misuse.ts";
import { createOutput, type Output } from "../terminal/output.ts";
import { billKubemend, billOneByOne, sumBill, type BillLine } from "./bill.ts";
import { findLimits, type Limit } from "./limits.ts";
import { expectBatch, type Load } from "./load.ts";
import { PUBLIC_PRICES, readPrices, type Prices } from "./prices.ts";

type Options = {
  readonly clusters: string;
  readonly changesPerSecond: string;
  readonly messageKb: string;
  readonly batch?: string;
  readonly remediationsPerHour: string;
  readonly alertsPerHour: string;
  readonly invocationMs: string;
  readonly prices?: string;
  readonly printPrices?: boolean;
  readonly json?: boolean;
};

/** `kubemend cost`: what a deployment costs on AWS in a month, and which limit it meets first. */
export function costCommand(): Command {
  return new Command("cost")
    .description("Estimate what a deployment costs on AWS, and which limit it meets first")
    .option("--changes-per-second <n>", "changes of watched objects in one cluster", "10")
    .option("--clusters <n>", "clusters with such a load, each with a stack of its own", "1")
    .option("--message-kb <n>", "size of a changed object", "4")
    .option("--batch <n>", "changes in a batch, 1 to 10 (default: by their rate)")
    .option("--remediations-per-hour <n>", "remediations in one cluster", "10")
    .option("--alerts-per-hour <n>", "alerts in one cluster", "10")
    .option("--invocation-ms <n>", "duration of normalize for one batch", "60")
    .option("--prices <file>", "JSON file with your own prices")
    .option("--print-prices", "print the prices that are used, as such a file")
    .option("--json", "print one JSON object")
    .action(estimate);
}

function estimate(options: Options): void {
  const prices = options.prices === undefined ? PUBLIC_PRICES : readPriceFile(options.prices);
  const output = createOutput({ json: options.json ?? false });
  if (options.printPrices === true) {
    output.report(JSON.stringify(prices), prices);
    return;
  }
  const load = toLoad(options);
  const ours = billKubemend(load, prices);
  const oneByOne = billOneByOne(load, prices);
  const limits = findLimits(load);
  printEstimate({ load, ours, oneByOne, limits, ownPrices: options.prices !== undefined }, output);
}

function readPriceFile(path: string): Prices {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw misuse(
      `cannot read the prices in ${toPrintable(path)}: ${toPrintable(describeError(error))}`,
    );
  }
  const prices = readPrices(document);
  if (prices.ok) return prices.value;
  throw misuse(`${toPrintable(path)}: ${toPrintable(prices.error)}`);
}

function toLoad(options: Options): Load {
  const changesPerSecond = toNumber("--changes-per-second", options.changesPerSecond, 0, 1e6);
  const batch =
    options.batch === undefined
      ? expectBatch(changesPerSecond)
      : toNumber("--batch", options.batch, 1, 10);
  return {
    clusters: toNumber("--clusters", options.clusters, 1, 1e6),
    changesPerSecond,
    messageKb: toNumber("--message-kb", options.messageKb, 0.1, 1024),
    batch,
    remediationsPerHour: toNumber("--remediations-per-hour", options.remediationsPerHour, 0, 1e6),
    alertsPerHour: toNumber("--alerts-per-hour", options.alertsPerHour, 0, 1e6),
    invocationMs: toNumber("--invocation-ms", options.invocationMs, 1, 60_000),
  };
}

function toNumber(flag: string, text: string, least: number, most: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw misuse(`${flag} must be a number from ${least} to ${most}, not ${toPrintable(text)}`);
}

type Estimate = {
  readonly load: Load;
  readonly ours: readonly BillLine[];
  readonly oneByOne: readonly BillLine[];
  readonly limits: readonly Limit[];
  readonly ownPrices: boolean;
};

function printEstimate(estimate: Estimate, output: Output): void {
  const { load, ours, oneByOne, limits, ownPrices } = estimate;
  const [kubemend, other] = [sumBill(ours), sumBill(oneByOne)];
  if (output.json) {
    const perCluster = { kubemend, oneByOne: other };
    output.report("", { load, perClusterAndMonth: perCluster, kubemend: ours, oneByOne, limits });
    return;
  }
  output.print(
    pc.bold(
      `One cluster, a month of 30 days, ${ownPrices ? "your prices" : "US dollars (public prices of us-east-1)"}`,
    ),
  );
  printBill("Kubemend", ours, output);
  printBill("One SendMessage and one invocation for each change", oneByOne, output);
  if (load.clusters > 1) {
    output.print(
      `\n${load.clusters} clusters: ${money(load.clusters * kubemend)} with Kubemend, ${money(load.clusters * other)} one by one`,
    );
  }
  printLimits(limits, output);
  output.print(
    pc.dim(
      "\nWithout the free tier, discounts, data transfer, and the nodes that the relay runs on. Assumptions: docs/cost.md.",
    ),
  );
}

function printBill(title: string, lines: readonly BillLine[], output: Output): void {
  output.print(`\n${title}`);
  const width = Math.max(...lines.map(({ what }) => what.length));
  for (const { what, how, perMonth } of lines) {
    output.print(`  ${what.padEnd(width)}  ${money(perMonth).padStart(10)}  ${pc.dim(how)}`);
  }
  output.print(pc.bold(`  ${"total".padEnd(width)}  ${money(sumBill(lines)).padStart(10)}`));
}

function printLimits(limits: readonly Limit[], output: Output): void {
  const [first, ...others] = limits;
  if (first === undefined) return;
  const isOver = first.used > first.limit;
  output.print(
    `\n${isOver ? pc.red("Over a limit") : "The limit that is met first"}: ${describeLimit(first)}`,
  );
  output.print(`  ${first.wayPast}`);
  for (const limit of others.filter(({ used, limit: most }) => used > most)) {
    output.print(`${pc.red("Over a limit")}: ${describeLimit(limit)}`);
    output.print(`  ${limit.wayPast}`);
  }
}

function describeLimit({ what, used, limit, unit }: Limit): string {
  const share = (100 * used) / limit;
  return `${what}, ${number(used)} of ${number(limit)} ${unit} (${share < 1 ? "under 1" : number(share)} %)`;
}

function money(value: number): string {
  return value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function number(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 });
}
