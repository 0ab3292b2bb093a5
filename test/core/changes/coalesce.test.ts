import { expect, it } from "vitest";
import { coalesce } from "../../../core/changes/coalesce.ts";
import type { ChangeKind } from "../../../events/ids.ts";

const NEVER_SENT = { delivered: false, initial: false };
const DELIVERED = { delivered: true, initial: false };

const table: readonly [ChangeKind, ChangeKind, string][] = [
  ["added", "modified", "added"],
  ["added", "deleted", "nothing"],
  ["added", "left", "nothing"],
  ["modified", "modified", "modified"],
  ["modified", "deleted", "deleted"],
  ["modified", "left", "left"],
  ["left", "deleted", "deleted"],
  ["added", "added", "added"],
  ["modified", "added", "modified"],
  ["left", "added", "modified"],
  ["left", "modified", "modified"],
  ["deleted", "added", "both"],
  ["deleted", "modified", "both"],
];

it.each(table)("%s, then %s before it was sent, is %s", (pending, incoming, expected) => {
  const state = pending === "added" ? NEVER_SENT : DELIVERED;
  const result = coalesce({ change: pending, ...state }, { change: incoming, initial: false });
  const merged =
    result.outcome === "replace" ? result.change : result.outcome === "annul" ? "nothing" : "both";
  expect(merged).toBe(expected);
});

it("reports the deletion of an object that the queue may have, although it was only just added", () => {
  const pending = { change: "added", ...DELIVERED } as const;
  expect(coalesce(pending, { change: "deleted", initial: false })).toEqual({
    outcome: "replace",
    change: "deleted",
  });
});

it("does not merge an initial object with a later change, because different rules see them", () => {
  const pending = { change: "added", delivered: false, initial: true } as const;
  expect(coalesce(pending, { change: "modified", initial: false }).outcome).toBe("append");
  expect(coalesce(pending, { change: "deleted", initial: false }).outcome).toBe("append");
  expect(coalesce(pending, { change: "added", initial: true }).outcome).toBe("replace");
});

it("keeps the deletion of an object that was never sent, if the watch carries deletions; that it left need not be known", () => {
  const pending = { change: "added", ...NEVER_SENT, carriesDeleted: true } as const;
  expect(coalesce(pending, { change: "deleted", initial: false })).toEqual({
    outcome: "replace",
    change: "deleted",
  });
  expect(coalesce(pending, { change: "left", initial: false })).toEqual({ outcome: "annul" });
});
