import { expect, it } from "vitest";
import { openJournal } from "../../../../adapters/journal/open-journal.ts";
import { configMap } from "../../../support/relay/change.ts";
import {
  plannedWatch,
  runRelayUntil,
  summarizeMessage,
} from "../../../support/relay/followed-watch.ts";
import {
  bookmark,
  createScriptedClient,
  event,
  list,
} from "../../../support/kubernetes/scripted-client.ts";
import { temporaryFolder } from "../../../support/host/temporary-folder.ts";

it("an object that the queue never accepts, even without its content, does not hold back the checkpoint, and its deletion is reported", async () => {
  using folder = temporaryFolder();
  const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
  const { key } = plannedWatch();
  const start = (lines: readonly object[]) =>
    createScriptedClient(({ query }) =>
      "watch" in query ? { lines, stayOpen: true } : { body: list("50", []) },
    ).client;
  let refusals = 0;
  const first = await runRelayUntil({
    client: start([
      event("ADDED", configMap("bad", "5")),
      event("ADDED", configMap("good", "6")),
      bookmark("10", true),
    ]),
    journal,
    watches: [plannedWatch()],
    refuses: ({ data }) => {
      const isBad = data.object.metadata.name === "bad";
      if (isBad) refusals += 1;
      return isBad;
    },
    // Once whole, once as identity alone.
    enough: (messages) => messages.length === 1 && refusals === 2,
  });
  expect(first.map(summarizeMessage)).toEqual(["added good@6"]);
  expect(journal.checkpoint(key)?.resourceVersion).toBe("10");

  const second = await runRelayUntil({
    client: start([event("DELETED", configMap("bad", "20"))]),
    journal,
    watches: [plannedWatch()],
    enough: (messages) => messages.length === 1,
  });
  expect(second.map(summarizeMessage)).toEqual(["deleted bad@20"]);
  journal.close();
});
