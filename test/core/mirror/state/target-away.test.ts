import { describe, expect, it } from "vitest";
import type { MirrorStatus } from "../../../../events/mirrors/mirror.ts";
import {
  noteAway,
  notePaused,
  noteReached,
  noteUnwritable,
  noteWritten,
} from "../../../../core/mirror/state/target-away.ts";

const at = (seconds: number): string =>
  new Date(Date.parse("2026-11-30T12:00:00.000Z") + seconds * 1_000).toISOString();
const IN_SYNC: MirrorStatus = { state: "InSync", since: at(-900), ruleDigest: "d" };
const away = (status: MirrorStatus | undefined, seconds: number) =>
  noteAway(status, { now: at(seconds), reason: "no answer" });

describe("a target that is away", () => {
  it("is not Behind at once, and its first failure is stored with the reason", () => {
    expect(away(IN_SYNC, 0)).toEqual({
      status: { ...IN_SYNC, reason: "no answer", unreachableSince: at(0) },
      isBehind: false,
    });
  });

  it("is Behind after five minutes", () => {
    const since = { ...IN_SYNC, unreachableSince: at(0) };
    expect(away(since, 299)).toEqual({ isBehind: false });
    expect(away(since, 300)).toMatchObject({
      status: { state: "Behind", since: at(300), reason: "no answer" },
      isBehind: true,
    });
  });

  it("is not written again while it is Behind", () => {
    expect(away({ ...IN_SYNC, state: "Behind" }, 600)).toEqual({ isBehind: true });
  });

  it("has no state yet if it was never compared", () => {
    expect(away(undefined, 0).status?.state).toBe("Comparing");
  });

  it("is in order again when it is reached before that", () => {
    expect(noteReached(away(IN_SYNC, 0).status)).toEqual(IN_SYNC);
    expect(noteReached(IN_SYNC)).toBeUndefined();
  });

  it("keeps the reason of a comparison that has failed when it is reached", () => {
    const failing = { ...IN_SYNC, failingSince: at(-60), reason: "may not list" };
    expect(noteReached({ ...failing, unreachableSince: at(0) })).toEqual(failing);
  });

  it("stays Behind until it is compared, even if it is reached", () => {
    const behind: MirrorStatus = { ...IN_SYNC, state: "Behind", unreachableSince: at(0) };
    expect(noteReached(behind)).toBeUndefined();
  });
});

describe("a rule that is paused", () => {
  it("is stored once, and ends a comparison", () => {
    const comparing: MirrorStatus = {
      ...IN_SYNC,
      state: "Comparing",
      comparison: { startedAt: at(0), continuedAt: at(0) },
    };
    const paused = notePaused(comparing, { now: at(1), reason: "upgrade" });
    expect(paused).toEqual({ ...IN_SYNC, state: "Paused", since: at(1), reason: "upgrade" });
    expect(notePaused(paused, { now: at(2), reason: "upgrade" })).toBeUndefined();
  });
});

describe("a target in which writes fail", () => {
  const unwritable = { ...IN_SYNC, unwritableSince: at(0), unwritableObject: "shop/a" };
  const fail = (status: MirrorStatus | undefined, seconds: number, object = "shop/b") =>
    noteUnwritable(status, { now: at(seconds), reason: "failed calling webhook", object });

  it("stores the first of them, and is not Behind at once", () => {
    const noted = fail(IN_SYNC, 0, "shop/a");
    expect(noted).toEqual({ status: unwritable, isBehind: false });
  });

  it("is Behind after five minutes, with the reason", () => {
    expect(fail(unwritable, 299)).toEqual({ isBehind: false });
    expect(fail(unwritable, 300)).toMatchObject({
      status: { state: "Behind", reason: "failed calling webhook" },
      isBehind: true,
    });
  });

  it("is not Behind because of one object", () => {
    expect(fail(unwritable, 3_600, "shop/a")).toEqual({ isBehind: false });
  });

  it("is in order again as soon as a write succeeds, and not because it is read", () => {
    expect(noteWritten(unwritable)).toEqual(IN_SYNC);
    expect(noteReached(unwritable)).toBeUndefined();
    expect(noteWritten(IN_SYNC)).toBeUndefined();
  });
});
