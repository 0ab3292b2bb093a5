import { expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import { configMap } from "../../support/relay/change.ts";
import {
  plannedWatch,
  runRelayUntil,
  summarizeMessage,
} from "../../support/relay/followed-watch.ts";
import { limitDatabases } from "../../support/host/full-disk.ts";
import {
  bookmark,
  createScriptedClient,
  event,
  list,
} from "../../support/kubernetes/scripted-client.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const COUNT = 400;
const objects = Array.from({ length: COUNT }, (_, index) =>
  configMap(`${"long-name-".repeat(10)}${index}`, String(index + 1)),
);

/** A cluster with these objects, in which nothing happens. */
const quietCluster = () =>
  createScriptedClient(({ query }) =>
    "watch" in query
      ? {
          lines: [...objects.map((object) => event("ADDED", object)), bookmark("1000", true)],
          stayOpen: true,
        }
      : { body: list("1000", []) },
  ).client;

it("a relay whose disk is full ends with a clear message; with room again it sends what was not written down, and no deletion", async () => {
  using folder = temporaryFolder();
  const open = () => openJournal({ stateDir: folder.path, clusterUid: "c" });
  const before: string[] = [];
  {
    using _limit = limitDatabases(20);
    const journal = open();
    const ended = runRelayUntil({
      client: quietCluster(),
      journal,
      watches: [plannedWatch()],
      enough: (messages) => {
        before.push(...messages.slice(before.length).map(summarizeMessage));
        return false;
      },
    });
    await expect(ended).rejects.toMatchObject({
      code: "StateFolder",
      retryable: false,
      message: expect.stringMatching(/state folder .*the disk is full: free some space/),
    });
    // What is shown to the user is that, and nothing about closing.
    journal.close();
  }
  expect(before.length).toBeLessThan(COUNT);

  const journal = open();
  expect(journal.epoch()).toBe(1);
  const messages = await runRelayUntil({
    client: quietCluster(),
    journal,
    watches: [plannedWatch()],
    enough: (heard) => new Set([...before, ...heard.map(summarizeMessage)]).size >= COUNT,
  });
  journal.close();
  expect(messages.filter(({ data }) => data.change !== "added")).toEqual([]);
  expect(new Set([...before, ...messages.map(summarizeMessage)]).size).toBe(COUNT);
});
