import { expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import { createNotifier } from "../../../relay/runtime/notifier.ts";
import type { Leadership, Publication, Term } from "../../../relay/handover/leadership.ts";
import { toDigest, type LeaseCheckpoint } from "../../../relay/handover/annotations.ts";
import { configMap } from "../../support/change.ts";
import { plannedWatch, runRelayUntil, SILENT, summarizeMessage } from "../../support/followed-watch.ts";
import {
  bookmark,
  createScriptedClient,
  event,
  list,
  type ScriptedAnswer,
  type ScriptedRequest,
} from "../../support/scripted-client.ts";
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
function createSerialQueue(rollback: boolean, raise: () => void) {
  const news = createNotifier();
  const never = new AbortController().signal;
  let isTaken = false;
  let leads: Term | undefined;
  let published = (): Pick<Publication, "written"> => ({ written: () => undefined });
  const term: Term = {
    ended: never,
    expired: never,
    takeRollback() {
      const taken = rollback && !isTaken;
      isTaken = true;
      return taken;
    },
  };
  const leadership: Leadership = {
    isShared: true,
    term: () => leads,
    maySend: () => leads !== undefined,
    checkpoint: () => undefined,
    former: () => undefined,
    news,
    raiseEpoch: async () => raise(),
    publish(read) {
      published = read;
    },
    hurry() {
      published().written();
      news.notify();
    },
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
  const { leadership, lead } = createSerialQueue(false, () => void journal.raiseEpoch(40));
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
  expect(messages.map(summarizeMessage)).toEqual(["added b@11"]);
  expect(messages.map(({ data }) => data.epoch)).toEqual([41]);
  journal.close();
});

it("begins anew, and replaces every row, where the Lease says at the take-over that the history went back", async () => {
  using folder = temporaryFolder();
  const journal = await createDelivered(folder.path);
  const { leadership, lead } = createSerialQueue(true, () => void journal.raiseEpoch());
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
  expect((await live(1)).map(summarizeMessage)).toEqual([]);
  const again = await live(1);
  expect(again.map(summarizeMessage)).toEqual(["modified a@5"]);
  expect(again[0]?.data.gap).toBe(true);
  journal.close();
});

/** Takes over from a relay that had come to 10 and had sent `x` beyond; its own stream begins at 20. */
async function takeOverLate(path: string, answerOfThen: () => ScriptedAnswer) {
  const asked: ScriptedRequest["query"][] = [];
  const scripted = createScriptedClient(({ query }) => {
    if (query["watch"] === true) {
      const lines = [event("ADDED", configMap("a", "5")), bookmark("20", true)];
      return { lines, stayOpen: true };
    }
    if (query["resourceVersionMatch"] === undefined) return { body: list("20", []) };
    asked.push(query);
    return answerOfThen();
  });
  const journal = openJournal({ stateDir: path, clusterUid: "c" });
  const { leadership, lead } = createSerialQueue(false, () => void journal.raiseEpoch());
  const sent = [{ namespace: "default", name: "x", uid: "uid-x", resourceVersion: "11" }];
  const checkpoint: LeaseCheckpoint = {
    resourceVersion: "10",
    selection: toDigest(plannedWatch().tracked.selection),
    initial: [toDigest("watch")],
    history: 0,
    namespaces: "",
    sent,
  };
  const unknown: string[] = [];
  const live = (count: number) =>
    runRelayUntil({
      client: scripted.client,
      journal,
      watches: [plannedWatch()],
      enough: (told) => told.length === count,
      deps: {
        leadership: { ...leadership, checkpoint: () => checkpoint, former: () => checkpoint },
        report: {
          ...SILENT,
          step: (_watch, { type }) => void (type === "snapshotEnded" && lead()),
          handoverGap: (watch) => void unknown.push(watch.name),
        },
      },
    });
  return { journal, asked, unknown, live };
}

it("asks what there was at the checkpoint of the relay before, where its own stream began later", async () => {
  using folder = temporaryFolder();
  const page = list("10", [configMap("a", "5"), configMap("y", "9")]);
  const { journal, asked, live } = await takeOverLate(folder.path, () => ({ body: page }));
  expect(await live(1)).toEqual([]);
  expect((await live(2)).map(summarizeMessage)).toEqual(["deleted x@20", "deleted y@20"]);
  expect(asked).toMatchObject([{ resourceVersion: "10", resourceVersionMatch: "Exact" }]);
  journal.close();
});

it("says so where the history does not reach back to it, and tells what the Lease names", async () => {
  using folder = temporaryFolder();
  const compacted = { status: 410, body: { kind: "Status", code: 410, reason: "Expired" } };
  const { journal, unknown, live } = await takeOverLate(folder.path, () => compacted);
  expect(await live(1)).toEqual([]);
  expect((await live(1)).map(summarizeMessage)).toEqual(["deleted x@20"]);
  expect(unknown).toEqual(["configmaps"]);
  journal.close();
});
