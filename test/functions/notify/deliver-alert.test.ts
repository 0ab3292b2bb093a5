import { describe, expect, it } from "vitest";
import type { Receiver } from "../../../core/receivers/receiver.ts";
import { createDeliverAlert } from "../../../functions/notify/deliver-alert.ts";
import { toAlert } from "../../support/alert-message.ts";
import { startReceiver, type ReceiverServer } from "../../support/receiver-server.ts";

async function deliver(to: string, receivers: Readonly<Record<string, ReceiverServer>>) {
  const counts: string[] = [];
  const byName = new Map(
    Object.entries(receivers).map(([name, { url }]): [string, Receiver] => [
      name,
      { type: "webhook", name, url },
    ]),
  );
  const log = () => {};
  await createDeliverAlert(byName, {
    now: () => 0,
    readVariable: () => undefined,
    reportThread: async () => {},
    reportLate: async () => {},
  })(toAlert({ to }), {
    telemetry: {
      logger: { debug: log, info: log, warn: log, error: log },
      count: (metric, _value, dimensions) =>
        counts.push([metric, dimensions?.["receiver"]].join(" ")),
    },
    signal: new AbortController().signal,
    attempt: 1,
    isSigned: false,
  });
  return counts;
}

describe("an alert is delivered", () => {
  it("to the receiver that it names, and to no other", async () => {
    await using ops = await startReceiver();
    await using other = await startReceiver();
    expect(await deliver("ops", { other, ops, default: other })).toEqual(["Delivered ops"]);
    expect([ops.requests.length, other.requests.length]).toEqual([1, 0]);
  });

  it("to the receiver default, if the one that it names is no longer there", async () => {
    await using server = await startReceiver();
    expect(await deliver("ops", { default: server })).toEqual(["Delivered default"]);
    expect(server.requests).toHaveLength(1);
  });

  it("to nobody without either, which is counted", async () => {
    await using server = await startReceiver();
    expect(await deliver("ops", { other: server })).toEqual(["AlertsWithoutReceiver "]);
    expect(server.requests).toEqual([]);
  });

  it("to the log only, if the pipeline has no receivers", async () => {
    expect(await deliver("ops", {})).toEqual([]);
  });

  it("to nobody again if the receiver refuses it: the error is the verdict", async () => {
    await using server = await startReceiver({ status: 400, body: "no" });
    await expect(deliver("ops", { ops: server })).rejects.toMatchObject({ retryable: false });
  });
});
