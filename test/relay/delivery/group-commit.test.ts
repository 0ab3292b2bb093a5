import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createCommitter } from "../../../relay/delivery/group-commit.ts";

/** SerialQueue of the event loop, until all that was begun is over. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}

it("commits once for all that was accepted in a turn, and again for what comes later", async () => {
  let commits = 0;
  const committer = createCommitter({ commit: () => void (commits += 1) });
  const stop = new AbortController();
  const done = committer.run(stop.signal);
  for (let index = 0; index < 3; index += 1) committer.soon();
  await settle();
  expect(commits).toBe(1);
  committer.soon();
  await settle();
  expect(commits).toBe(2);
  stop.abort();
  await done;
});

it("commits what was accepted before it runs", async () => {
  let commits = 0;
  const committer = createCommitter({ commit: () => void (commits += 1) });
  committer.soon();
  const stop = new AbortController();
  const done = committer.run(stop.signal);
  await settle();
  expect(commits).toBe(1);
  stop.abort();
  await done;
});

it("ends with the journal's error", async () => {
  const committer = createCommitter({
    commit: () => {
      throw new Error("the disk is full");
    },
  });
  const done = committer.run(new AbortController().signal);
  committer.soon();
  await expect(done).rejects.toThrow("the disk is full");
});
