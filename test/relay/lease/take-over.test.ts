import { expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import { createLatch } from "../../../relay/latch.ts";
import type { Leadership, Term } from "../../../relay/lease/leadership.ts";
import { configMap } from "../../support/change.ts";
import { plannedWatch, runRelayUntil, SILENT, tellMessage } from "../../support/followed-watch.ts";
import { bookmark, createScriptedClient, event, list } from "../../support/scripted-client.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** The API server: one object, and a change of it that comes after a resume. */
const { client } = createScriptedClient(({ query }) => {
  if (query["watch"] !== true) return { body: list("30", []) };
  const isSnapshot = query["sendInitialEvents"] === true;
  const lines = isSnapshot
    ? [event("ADDED", configMap("a", "5")), bookmark("10", true)]
    : [event("ADDED", configMap("b", "11"))];
  return { lines, stayOpen: true };
});

/** A journal that has delivered `a`. */
async function createDelivered(path: string) {
  const journal = openJournal({ stateDir: path, clusterUid: "c" });
  const enough = (messages: readonly unknown[]): boolean => messages.length === 1;
  await runRelayUntil({ client, journal, watches: [plannedWatch()], enough });
  return journal;
}

/** Stands by until it is told to lead. */
function createTurns(historyWentBack: boolean, raise: () => void) {
  const news = createLatch();
  const never = new AbortController().signal;
  let isTaken = false;
  let leads: Term | undefined;
  const term: Term = {
    ended: never,
    expired: never,
    takeHistoryWentBack() {
      const taken = historyWentBack && !isTaken;
      isTaken = true;
      return taken;
    },
  };
  const leadership: Leadership = {
    isShared: true,
    term: () => leads,
    maySend: () => leads !== undefined,
    checkpoint: () => undefined,
    news,
    raiseEpoch: async () => raise(),
    publish: () => undefined,
  };
  const lead = (): void => {
    leads = term;
    news.notify();
  };
  return { leadership, lead };
}

it("what was read while standing by is published with the epoch of the take-over", async () => {
  using folder = temporaryFolder();
  const journal = await createDelivered(folder.path);
  const { leadership, lead } = createTurns(false, () => void journal.raiseEpoch(40));
  const step = (_watch: unknown, { type }: { readonly type: string }): void => {
    if (type === "changed") lead();
  };
  const messages = await runRelayUntil({
    client,
    journal,
    watches: [plannedWatch()],
    enough: (told) => told.length === 1,
    deps: { leadership, report: { ...SILENT, step } },
  });
  expect(messages.map(tellMessage)).toEqual(["added b@11"]);
  expect(messages.map(({ data }) => data.epoch)).toEqual([41]);
  journal.close();
});

it("begins anew, and replaces every row, where the Lease says at the take-over that the history went back", async () => {
  using folder = temporaryFolder();
  const journal = await createDelivered(folder.path);
  const { leadership, lead } = createTurns(true, () => void journal.raiseEpoch());
  const step = (_watch: unknown, { type }: { readonly type: string }): void => {
    if (type === "resumed") lead();
  };
  const live = (count: number) =>
    runRelayUntil({
      client,
      journal,
      watches: [plannedWatch()],
      enough: (told) => told.length === count,
      deps: { leadership, report: { ...SILENT, step } },
    });
  // This life ends by itself.
  expect((await live(1)).map(tellMessage)).toEqual([]);
  const again = await live(1);
  expect(again.map(tellMessage)).toEqual(["modified a@5"]);
  expect(again[0]?.data.gap).toBe(true);
  journal.close();
});
