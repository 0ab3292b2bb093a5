import { expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import { configMap } from "../../support/relay/change.ts";
import {
  plannedWatch,
  runRelayUntil,
  summarizeMessage,
} from "../../support/relay/followed-watch.ts";
import { createScriptedClient, list, status } from "../../support/kubernetes/scripted-client.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

it("an object of the first page that is gone when the list is read again is reported as deleted", async () => {
  using folder = temporaryFolder();
  const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
  const watch = plannedWatch();
  const item = (name: string, resourceVersion: string): object => configMap(name, resourceVersion);
  const { client } = createScriptedClient(({ query }) => {
    if (query["sendInitialEvents"] === true) return { status: 422, body: status(422, "no") };
    if (query["watch"] === true) return { stayOpen: true };
    if (query["continue"] !== undefined) return { status: 410, body: status(410, "too old") };
    return query["limit"] === undefined
      ? { body: list("30", [item("stays", "12"), item("late", "25")]) }
      : { body: list("20", [item("stays", "12"), item("gone", "13")], "page-2") };
  });
  const messages = await runRelayUntil({
    client,
    journal,
    watches: [{ ...watch, delivery: "every" }],
    enough: (sent) => sent.length >= 4,
  });
  expect(messages.map(summarizeMessage).toSorted()).toEqual([
    "added gone@13",
    "added late@25",
    "added stays@12",
    "deleted gone@30",
  ]);
  expect(journal.checkpoint(watch.key)?.resourceVersion).toBe("30");
  journal.close();
});
