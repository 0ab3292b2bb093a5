import { expect, it } from "vitest";
import type { ChangeData, ChangeMessage } from "../../../events/change.ts";
import type { ChangeKind } from "../../../events/ids.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { isVanished } from "../../../core/decide/vanished.ts";

function isVanishedFor(
  changes: readonly ChangeKind[],
  data: Partial<ChangeData>,
  ifGone?: Rule["ifGone"],
): boolean {
  const rule = { on: { resource: "jobs.batch", changes }, ifGone } as Rule;
  const message = { data: { change: "deleted", ...data } } as ChangeMessage;
  return isVanished(rule, message);
}

it("an object whose last state was never sent has vanished for a rule about states", () => {
  expect(isVanishedFor(["added"], { unsent: true })).toBe(true);
  expect(isVanishedFor(["modified"], { unsent: true })).toBe(true);
  expect(isVanishedFor(["left", "modified"], { unsent: true })).toBe(true);
});

it("a deletion that was found by comparing counts for a rule with ifGone: act alone", () => {
  expect(isVanishedFor(["added"], { gap: true }, "act")).toBe(true);
  expect(isVanishedFor(["added"], { gap: true }, "refuse")).toBe(false);
  expect(isVanishedFor(["added"], { gap: true })).toBe(false);
});

it("an object whose last state was sent has not vanished", () => {
  expect(isVanishedFor(["added"], {}, "act")).toBe(false);
});

it("only a deletion is one", () => {
  expect(isVanishedFor(["added"], { change: "modified", unsent: true })).toBe(false);
});

it("a rule about deletions decides on the deletion itself, and one about leaving on nothing", () => {
  expect(isVanishedFor(["added", "deleted"], { unsent: true })).toBe(false);
  expect(isVanishedFor(["left"], { unsent: true })).toBe(false);
});
