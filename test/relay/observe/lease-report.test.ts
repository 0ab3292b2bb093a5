import { Registry } from "prom-client";
import { beforeEach, expect, it } from "vitest";
import type { HandoverReport } from "../../../relay/handover/report.ts";
import { createLeaseReport } from "../../../relay/observe/lease-report.ts";
import { createLineLogger, type LoggedLine } from "./log-lines.ts";

let lines: LoggedLine[];
let registry: Registry;
let report: HandoverReport;

beforeEach(() => {
  const logger = createLineLogger();
  lines = logger.lines;
  registry = new Registry();
  report = createLeaseReport({ log: logger.log, registry, lease: "kubemend/relay" });
});

async function read(name: string): Promise<number | undefined> {
  const metric = await registry.getSingleMetric(`kubemend_relay_lease_${name}`)?.get();
  return metric?.values[0]?.value;
}

it("a standby names the leader once, until another one holds the Lease", async () => {
  report.standingBy("a");
  report.standingBy("a");
  report.standingBy("b");
  expect(lines.map(({ holder }) => holder)).toEqual(["a", "b"]);
  expect(await read("active")).toBe(0);
});

it("a takeover is counted, and after a loss the leader is named again", async () => {
  report.standingBy("a");
  report.acquired({ from: "a", epoch: 4, rollback: false });
  expect(await read("active")).toBe(1);
  report.lost("no renewal for 6 s");
  expect(await read("active")).toBe(0);
  report.standingBy("a");
  expect(lines.map(({ level }) => level)).toEqual(["info", "info", "warn", "info"]);
  expect(lines[1]).toMatchObject({ lease: "kubemend/relay", from: "a", epoch: 4 });
  expect(lines[2]?.msg).toContain("no renewal for 6 s");
  expect(await read("acquisitions_total")).toBe(1);
  expect(await read("losses_total")).toBe(1);
});

it("a takeover after an etcd rollback is a warning too", () => {
  report.acquired({ from: "a", epoch: 4, rollback: true });
  expect(lines.map(({ level }) => level)).toEqual(["info", "warn"]);
  expect(lines[1]?.msg).toContain("rollback");
});

it("a release is no loss", async () => {
  report.acquired({ from: "", epoch: 1, rollback: false });
  report.released();
  expect(await read("active")).toBe(0);
  expect(await read("losses_total")).toBe(0);
});

it("a failure is one line while its message stays the same, and one more when requests succeed again", async () => {
  report.failed("connection refused", "read");
  report.failed("connection refused", "read");
  report.renewed();
  report.renewed();
  report.failed("connection refused", "read");
  report.observed(9);
  expect(lines.map(({ level }) => level)).toEqual(["warn", "info", "warn", "info"]);
  expect(await read("failures_total")).toBe(3);
  expect(await read("renewals_total")).toBe(2);
  expect(await read("epoch")).toBe(9);
});

it("checkpoints that are too large for a Lease are reported once", () => {
  report.checkpointsTooLarge();
  report.checkpointsTooLarge();
  expect(lines.map(({ level }) => level)).toEqual(["error"]);
});

it("a Lease that can be read and not written is one line, however often it is read", () => {
  for (let round = 0; round < 3; round += 1) {
    report.observed(0);
    report.failed('namespaces "nope" not found', "write");
  }
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    ["warn", 'namespaces "nope" not found; the request for the Lease will be retried'],
  ]);
  report.observed(1);
  report.acquired({ from: "", epoch: 1, rollback: false });
  expect(lines.map(({ level }) => level)).toEqual(["warn", "info", "info"]);
});
