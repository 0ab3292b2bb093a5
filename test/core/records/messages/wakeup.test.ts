import { expect, it } from "vitest";
import { parseWakeupMessage } from "../../../../events/wakeup.ts";
import { toDelaySeconds, toWakeup } from "../../../../core/records/messages/wakeup.ts";
import { toRecord } from "../record.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const input = {
  record: toRecord(),
  subject: "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations/rerun",
  due: "2026-03-01T10:00:10.001Z",
  now: NOW,
};
const wakeup = toWakeup(input);

it("is a message that its reader accepts, with one id per record and time", () => {
  expect(parseWakeupMessage(JSON.stringify(wakeup))).toEqual({ outcome: "parsed", value: wakeup });
  expect(wakeup.id).toBe(`${input.record.metadata.name}/${input.due}`);
  expect(wakeup.source).toBe("/clusters/cluster-uid/rules/rerun");
  expect(wakeup.data).toEqual({
    cluster: { name: "test", uid: "cluster-uid" },
    record: { namespace: "kubemend", name: "rerun-0123456789abcdef0123", uid: "record-uid" },
    due: input.due,
  });
});

it("says if an object that the record created has changed", () => {
  expect(toWakeup({ ...input, changed: true }).data.changed).toBe(true);
});

it.each([
  [0, 11],
  [10_001, 0],
  [20_000, 0],
  [-3_600_000, 900],
])("is delayed until it is due, at most 15 minutes: %d ms later by %d s", (laterMs, seconds) => {
  expect(toDelaySeconds(wakeup, Date.parse(NOW) + laterMs)).toBe(seconds);
});
