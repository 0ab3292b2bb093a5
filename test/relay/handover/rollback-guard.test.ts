import { afterEach, beforeEach, expect, it } from "vitest";
import type { Journal } from "../../../adapters/journal/journal.ts";
import { createRollbackGuard } from "../../../relay/handover/rollback-guard.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { openTestJournal } from "../../support/relay/relay-delivery.ts";

const LEASE = "kubemend/relay";
let folder: ReturnType<typeof temporaryFolder>;
let journal: Journal;

beforeEach(() => {
  folder = temporaryFolder();
  journal = openTestJournal(folder.path);
});

afterEach(() => {
  journal.close();
  folder[Symbol.dispose]();
});

const openGuard = (lease = LEASE) => createRollbackGuard(journal, lease);

it("a journal that has never seen the Lease has nothing to compare it with", () => {
  const guard = openGuard();
  expect(guard.epoch()).toBeUndefined();
  expect(guard.isOlder({ epoch: 1, resourceVersion: "5" })).toBe(false);
});

it("a Lease before its newest known state is older, in that epoch only", () => {
  const guard = openGuard();
  guard.note({ epoch: 3, resourceVersion: "20" });
  expect(guard.epoch()).toBe(3);
  const isOlder = (epoch: number, resourceVersion: string): boolean =>
    guard.isOlder({ epoch, resourceVersion });
  expect([isOlder(3, "19"), isOlder(3, "20"), isOlder(3, "21")]).toEqual([true, false, false]);
  expect([isOlder(2, "19"), isOlder(4, "19")]).toEqual([false, false]);
});

it("what it knows survives a restart, and says nothing about another Lease", () => {
  openGuard().note({ epoch: 3, resourceVersion: "20" });
  journal.commit();
  journal.close();
  journal = openTestJournal(folder.path);
  expect(openGuard().isOlder({ epoch: 3, resourceVersion: "19" })).toBe(true);
  const other = openGuard("kubemend/other");
  expect(other.epoch()).toBeUndefined();
  expect(other.isOlder({ epoch: 3, resourceVersion: "19" })).toBe(false);
});

it("a lower epoch is never remembered, a higher one always", () => {
  const guard = openGuard();
  guard.note({ epoch: 0, resourceVersion: "5" });
  expect(guard.epoch()).toBeUndefined();
  guard.note({ epoch: 3, resourceVersion: "20" });
  guard.note({ epoch: 2, resourceVersion: "30" });
  expect(guard.isOlder({ epoch: 3, resourceVersion: "19" })).toBe(true);
  guard.note({ epoch: 3, resourceVersion: "25" });
  expect(guard.isOlder({ epoch: 3, resourceVersion: "24" })).toBe(true);
  guard.note({ epoch: 4, resourceVersion: "1" });
  expect(guard.epoch()).toBe(4);
});

it("after a rollback the epoch of the Lease counts as lower than the known one, whatever its resourceVersion", () => {
  const guard = openGuard();
  guard.note({ epoch: 3, resourceVersion: "20" });
  guard.doubt({ epoch: 3, resourceVersion: "10" });
  expect(guard.epoch()).toBe(4);
  guard.note({ epoch: 3, resourceVersion: "30" });
  expect(guard.epoch()).toBe(4);
  expect(guard.isOlder({ epoch: 4, resourceVersion: "1" })).toBe(false);
});
