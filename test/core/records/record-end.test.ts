import { describe, expect, it } from "vitest";
import { toEnded } from "../../../core/records/record-end.ts";
import { NOW, PLANNED } from "./play-plan.ts";

describe("the steps of a record", () => {
  it.each([
    ["2026-03-01T09:59:59.000Z", "0ms"],
    ["2026-03-01T09:59:58.000Z", "0ms"],
    ["2026-03-01T09:59:59.312Z", "312ms"],
    ["2026-03-01T09:59:59.999Z", "999ms"],
    ["2026-03-01T10:00:00.000Z", "1.0s"],
    ["2026-03-01T10:00:59.000Z", "1m"],
    ["2026-03-01T10:00:03.140Z", "4.1s"],
    ["2026-03-01T10:59:59.000Z", "1h0m"],
    ["2026-03-01T10:11:59.000Z", "12m"],
  ])("end at %s after %s, without a holder", (now, took) => {
    const waited = { ...PLANNED, wakeAt: NOW };
    const ended = toEnded(waited, { phase: "Failed", reason: "Invalid", message: "no" }, now);
    expect(ended).toMatchObject({ phase: "Failed", reason: "Invalid", endedAt: now, took });
    expect(ended).not.toHaveProperty("wakeAt");
    expect(ended).not.toHaveProperty("holder");
    expect(ended).not.toHaveProperty("holdUntil");
  });
});
