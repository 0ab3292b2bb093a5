import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createGroupCommit } from "../../../relay/delivery/group-commit.ts";

/** SerialQueue of the event loop, until all that was begun is over. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}

it("commits once for everything accepted in a turn, and again for what is accepted later", async () => {
  let commits = 0;
  const group = createGroupCommit({ commit: () => void (commits += 1) });
  const stop = new AbortController();
  const done = group.run(stop.signal);
  for (let index = 0; index < 3; index += 1) group.request();
  await settle();
  expect(commits).toBe(1);
  group.request();
  await settle();
  expect(commits).toBe(2);
  stop.abort();
  await done;
});

it("commits what was accepted before it runs", async () => {
  let commits = 0;
  const group = createGroupCommit({ commit: () => void (commits += 1) });
  group.request();
  const stop = new AbortController();
  const done = group.run(stop.signal);
  await settle();
  expect(commits).toBe(1);
  stop.abort();
  await done;
});

it("ends with the journal's error", async () => {
  const group = createGroupCommit({
    commit: () => {
      throw new Error("the disk is full");
    },
  });
  const done = group.run(new AbortController().signal);
  group.request();
  await expect(done).rejects.toThrow("the disk is full");
});

it("commits at once what is accepted after it was stopped, because nobody else will", async () => {
  let commits = 0;
  const group = createGroupCommit({ commit: () => void (commits += 1) });
  const stop = new AbortController();
  const done = group.run(stop.signal);
  stop.abort();
  await done;
  const before = commits;
  group.request();
  expect(commits).toBe(before + 1);
});
