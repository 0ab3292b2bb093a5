import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { billKubemend, billOneByOne, sumBill } from "../../../cli/cost/bill.ts";
import { findLimits } from "../../../cli/cost/limits.ts";
import { expectBatch, type Load } from "../../../cli/cost/load.ts";
import { PUBLIC_PRICES, readPrices } from "../../../cli/cost/prices.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { kubemend } from "../../support/host/kubemend.ts";

const folder = mkdtempSync(join(tmpdir(), "kubemend-cost-"));
afterAll(() => rmSync(folder, { recursive: true }));

const load: Load = {
  clusters: 1,
  changesPerSecond: 100,
  messageKb: 4,
  batch: 2,
  remediationsPerHour: 0,
  alertsPerHour: 0,
  invocationMs: 60,
};

describe("the bill", () => {
  test("charges three requests for each batch of changes", () => {
    const [changes] = billKubemend(load, PUBLIC_PRICES);
    // 100 changes/s are 129.6 million batches of two in 30 days.
    expect(changes?.perMonth).toBeCloseTo(129.6 * 3 * 0.5, 6);
  });

  test("charges a request for each 64 KB that a batch carries", () => {
    const [changes] = billKubemend({ ...load, messageKb: 60 }, PUBLIC_PRICES);
    expect(changes?.perMonth).toBeCloseTo(129.6 * 5 * 0.5, 6);
  });

  test("charges each change by itself in the other design", () => {
    const [changes, invocations] = billOneByOne(load, PUBLIC_PRICES);
    expect(changes?.perMonth).toBeCloseTo(259.2 * 3 * 0.4, 6);
    expect(invocations?.perMonth).toBeCloseTo(259.2 * (0.2 + 1e6 * 0.06 * 0.25 * 0.0000133334), 6);
  });

  test("is lower than one by one if changes come in batches", () => {
    const [ours, others] = [billKubemend, billOneByOne].map((bill) =>
      sumBill(bill({ ...load, batch: 10 }, PUBLIC_PRICES)),
    );
    expect(ours).toBeLessThan(others ?? 0);
  });
});

test("a batch has one change until changes come faster than they are sent, and at most ten", () => {
  expect([0, 10, 100, 5000].map(expectBatch)).toEqual([1, 1, 2, 10]);
});

test("docs/cost.md has the figures that the command computes", () => {
  const page = readFileSync(join(findProjectRoot(), "docs", "cost.md"), "utf8");
  const rows = [...page.matchAll(/^\| ([\d,]+) changes? a second \| ([\d,.]+) \| ([\d,.]+) \|$/gm)];
  expect(rows.length).toBe(4);
  for (const [, rate = "", ours, others] of rows) {
    const changesPerSecond = Number(rate.replaceAll(",", ""));
    const batch = expectBatch(changesPerSecond);
    const usual = { ...load, changesPerSecond, batch, remediationsPerHour: 10, alertsPerHour: 10 };
    const bills = [billKubemend, billOneByOne].map((bill) => sumBill(bill(usual, PUBLIC_PRICES)));
    expect([rate, ...bills.map(toMoney)]).toEqual([rate, ours, others]);
  }
});

function toMoney(value: number): string {
  return value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

describe("the limits", () => {
  test("of a thousand clusters with 100 changes/s begin with the roles of the account", () => {
    const [first] = findLimits({ ...load, clusters: 1000 });
    expect(first).toMatchObject({ what: "IAM roles", used: 6000, limit: 1000 });
    expect(first?.wayPast).toContain("accounts");
  });

  test("of a thousand clusters include the rule of each stack's schedule", () => {
    const limits = findLimits({ ...load, clusters: 1000 });
    const rules = limits.find(({ what }) => what === "rules of EventBridge");
    expect(rules).toMatchObject({ used: 1_000, limit: 300 });
  });

  test("of one busy cluster begin with the relay, and with normalize if it is slow", () => {
    const busy = { ...load, changesPerSecond: 3000, batch: 10 };
    expect(findLimits(busy)[0]).toMatchObject({ what: "changes of one relay", used: 3000 });
    expect(findLimits({ ...busy, invocationMs: 200 })[0]).toMatchObject({
      what: "maximumConcurrency of normalize",
      used: 60,
    });
  });
});

describe("prices of the user", () => {
  test("replace the published ones", () => {
    expect(readPrices({ sqsFifoPerMillion: 0.1 })).toEqual({
      ok: true,
      value: { ...PUBLIC_PRICES, sqsFifoPerMillion: 0.1 },
    });
  });

  test.each([
    [[], /expected an object with some of sqsFifoPerMillion/],
    [{ sqsFifoPerMillion: "0.5" }, /^sqsFifoPerMillion must be a number/],
    [{ sqsFifoPerMillion: -1 }, /^sqsFifoPerMillion must be a number/],
    [{ sqsPerMillion: 1 }, /^sqsPerMillion is no price; expected some of/],
  ])("are refused if wrong: %j", (document, message) => {
    const prices = readPrices(document);
    expect(prices.ok ? "" : prices.error).toMatch(message);
  });
});

describe("kubemend cost", () => {
  test("prints both bills and the limit that is met first", async () => {
    const { code, stdout } = await kubemend([
      "cost",
      "--changes-per-second",
      "100",
      "--clusters",
      "1000",
    ]).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}changes through SQS +194\.40 {2}259\.2M changes in batches of 2/m);
    expect(stdout).toMatch(/^1000 clusters: [\d,.]+ with Kubemend, [\d,.]+ one by one$/m);
    expect(stdout).toMatch(
      /^Over a limit: IAM roles, 6,000 of 1,000 roles in an account \(600 %\)\n {2}ask AWS/m,
    );
  });

  test("prints the prices as a file that it reads", async () => {
    const printed = await kubemend(["cost", "--print-prices"]).ended;
    const file = join(folder, "prices.json");
    writeFileSync(file, printed.stdout.replace('"sqsFifoPerMillion":0.5', '"sqsFifoPerMillion":1'));
    const { code, stdout } = await kubemend([
      "cost",
      "--changes-per-second",
      "100",
      "--prices",
      file,
    ]).ended;
    expect([code, /^ {2}changes through SQS +388\.80/m.test(stdout)]).toEqual([0, true]);
  });

  test.each([
    [["--batch", "11"], "--batch must be a number from 1 to 10, not 11"],
    [["--clusters", "many"], "--clusters must be a number from 1 to 1000000, not many"],
    [["--prices", "/nowhere.json"], "cannot read the prices in /nowhere.json"],
  ])("refuses %j", async (flags, message) => {
    const { code, stderr } = await kubemend(["cost", ...flags]).ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
