import { expect, test } from "vitest";
import type { AlertMessage } from "../../../events/alert.ts";
import { toAlert as toMessage } from "../../support/alert-message.ts";
import { createAlertSimulation } from "../../../core/simulate/alert-simulation.ts";

const START_MS = Date.parse("2026-03-01T10:00:00.000Z");
const MINUTE_MS = 60_000;

function toAlert(uid: string, grouping?: AlertMessage["data"]["grouping"]): AlertMessage {
  const trigger = { apiVersion: "v1", kind: "Pod", namespace: "shop", name: uid, uid };
  const rule = { id: "tell", digest: "d" };
  return toMessage({ alertId: uid, rule, to: "ops", trigger, grouping });
}

function start() {
  const simulation = createAlertSimulation();
  const at = (minutes: number): number => {
    const nowMs = START_MS + minutes * MINUTE_MS;
    simulation.advance(nowMs);
    return nowMs;
  };
  return {
    simulation,
    alert: (minutes: number, uid: string, ...grouping: Parameters<typeof toAlert>[1][]): void =>
      simulation.add([toAlert(uid, ...grouping)], at(minutes)),
    see: (minutes: number, uid: string, matches: boolean): void => {
      at(minutes);
      simulation.see({ rule: "tell", uid }, matches);
    },
    counts: () => {
      simulation.finish();
      return simulation.counts();
    },
  };
}

const NONE = { first: 0, window: 0, repeat: 0, resolved: 0, alone: 0 };

test("the first alert is a message, and those of its window are one more", () => {
  const { alert, counts } = start();
  for (const uid of ["a", "b", "c", "d"]) alert(0, uid);
  expect(counts()).toEqual([
    { rule: "tell", to: "ops", alerts: 4, messages: { ...NONE, first: 1, window: 1 } },
  ]);
});

test("alerts that are not grouped are a message each", () => {
  const { alert, counts } = start();
  for (const uid of ["a", "b"]) alert(0, uid, "off");
  expect(counts()).toMatchObject([{ alerts: 2, messages: { ...NONE, alone: 2 } }]);
});

test("if no object matches any more there is a message that says so", () => {
  const { alert, see, counts } = start();
  alert(0, "a");
  see(10, "a", false);
  see(20, "other", false);
  expect(counts()).toMatchObject([{ messages: { ...NONE, first: 1, resolved: 1 } }]);
});

test("one that matches again within the minute is not over", () => {
  const { alert, see, counts } = start();
  alert(0, "a");
  see(10, "a", false);
  see(10.5, "a", true);
  see(20, "a", true);
  expect(counts()).toMatchObject([{ messages: { ...NONE, first: 1 } }]);
});

test("what stays open is repeated during the recording, and not after it", () => {
  const { alert, see, counts } = start();
  alert(0, "a");
  see(9 * 60, "a", true);
  expect(counts()).toMatchObject([{ messages: { ...NONE, first: 1, repeat: 2 } }]);
});

test("an alert that waits is not sent if its object has recovered by then", () => {
  const { simulation, see, counts } = start();
  see(0, "a", true);
  simulation.add([toAlert("a")], START_MS + 10 * MINUTE_MS);
  see(5, "a", false);
  expect(counts()).toEqual([]);
});
