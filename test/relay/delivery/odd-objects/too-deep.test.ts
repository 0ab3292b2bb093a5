import { expect, it } from "vitest";
import { openJournal } from "../../../../adapters/journal/open-journal.ts";
import type { ChangeMessage } from "../../../../events/change.ts";
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

const LEVELS = 20_000;

function nest(opening: string, closing: string): string {
  return `${opening.repeat(LEVELS)}1${closing.repeat(LEVELS)}`;
}

/** As the API server sends an object whose spec, and therefore whose managedFields, are nested. */
function deep(name: string, resourceVersion: string, extra = ""): string {
  const fields = `[{"manager":"m","fieldsV1":${nest('{"f:a":', "}")}}]`;
  return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}","namespace":"default","uid":"uid-${name}","resourceVersion":"${resourceVersion}","labels":{"team":"data"},"managedFields":${fields}${extra}},"spec":${nest("[", "]")},"big":9007199254740993}`;
}

function line(type: string, object: string): string {
  return `{"type":"${type}","object":${object}}`;
}

function isListing(query: Readonly<Record<string, unknown>>): boolean {
  return !("watch" in query);
}

type Relayed = { readonly key: string; readonly messages: readonly ChangeMessage[] };

async function relayed(
  answer: Parameters<typeof createScriptedClient>[0],
  count: number,
): Promise<Relayed> {
  using folder = temporaryFolder();
  const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
  const watch = { ...plannedWatch(), delivery: "every" } as const;
  const messages = await runRelayUntil({
    client: createScriptedClient(answer).client,
    journal,
    watches: [watch],
    enough: (sent) => sent.length >= count,
  });
  journal.close();
  return { key: watch.key, messages };
}

it("an object that is nested too deep is sent as metadata with the reason, and all others as ever", async () => {
  const { messages } = await relayed(
    ({ query }) =>
      isListing(query)
        ? { body: list("50", []) }
        : {
            lines: [
              bookmark("10", true),
              line("ADDED", deep("bad", "11")),
              event("ADDED", configMap("good", "12", { data: { k: "v" } })),
              line("MODIFIED", deep("bad", "13")),
              line("DELETED", deep("bad", "14")),
              event("MODIFIED", configMap("good", "15")),
            ],
            stayOpen: true,
          },
    5,
  );
  expect(messages.map(summarizeMessage).toSorted()).toEqual([
    "added bad@11",
    "added good@12",
    "deleted bad@14",
    "modified bad@13",
    "modified good@15",
  ]);
  const [bad] = messages;
  expect(bad?.data).toMatchObject({
    truncated: true,
    reason: "nested more than 500 levels deep",
    object: { kind: "ConfigMap", metadata: { labels: { team: "data" } } },
  });
  expect(bad?.data.object).not.toHaveProperty("spec");
  expect(bad?.data.object.metadata).not.toHaveProperty("managedFields");
  const good = messages.find((message) => summarizeMessage(message) === "added good@12");
  expect(good?.data).toMatchObject({ object: { data: { k: "v" } } });
  expect(good?.data).not.toHaveProperty("truncated");
});

it("metadata that is nested itself leaves the identity", async () => {
  const annotations = `,"annotations":${nest('{"a":', "}")}`;
  const { messages } = await relayed(
    ({ query }) =>
      isListing(query)
        ? { body: list("50", []) }
        : {
            lines: [bookmark("10", true), line("ADDED", deep("bad", "11", annotations))],
            stayOpen: true,
          },
    1,
  );
  expect(messages[0]?.data).toMatchObject({ truncated: true });
  expect(messages[0]?.data.object.metadata).toEqual({
    name: "bad",
    namespace: "default",
    uid: "uid-bad",
    resourceVersion: "11",
  });
});

it("one item of a list that is nested too deep does not change its neighbours, whose integers keep their digits", async () => {
  const neighbour = `{"metadata":{"name":"good","namespace":"default","uid":"uid-good","resourceVersion":"8"},"data":{"n":9007199254740993}}`;
  const page = `{"metadata":{"resourceVersion":"20"},"items":[${deep("bad", "7")},${neighbour}]}`;
  using folder = temporaryFolder();
  const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
  const watch = plannedWatch();
  // The first run only journals what exists, and learns that the server has no WatchList.
  const refusesWatchList = { status: 422, body: { message: "sendInitialEvents is forbidden" } };
  const serve =
    (body: unknown): Parameters<typeof createScriptedClient>[0] =>
    ({ query }) =>
      query["sendInitialEvents"] === true
        ? refusesWatchList
        : isListing(query)
          ? { body }
          : { lines: [event("ADDED", configMap("end", "30"))], stayOpen: true };
  for (const [body, count] of [
    [list("5", []), 1],
    [Buffer.from(page), 2],
  ] as const) {
    journal.stageCheckpoint(watch.key, { resourceVersion: "", selection: watch.tracked.selection });
    journal.commit();
    const messages = await runRelayUntil({
      client: createScriptedClient(serve(body)).client,
      journal,
      watches: [watch],
      enough: (sent) => sent.length >= count,
    });
    if (count === 1) continue;
    const [bad, good] = ["bad", "good"].map((name) =>
      messages.find(({ data }) => data.object.metadata.name === name),
    );
    expect(bad?.data).toMatchObject({ truncated: true, object: { metadata: { uid: "uid-bad" } } });
    expect(JSON.stringify(good?.data.object["data"])).toBe('{"n":9007199254740993}');
    expect(good?.data).not.toHaveProperty("truncated");
  }
  journal.close();
});

it("an object that has a field called items is an object all the same", async () => {
  const object = deep("bad", "11").replace('"spec":', '"items":[],"spec":');
  const { messages } = await relayed(
    ({ query }) =>
      isListing(query)
        ? { body: list("50", []) }
        : { lines: [bookmark("10", true), line("ADDED", object)], stayOpen: true },
    1,
  );
  expect(messages[0]?.data).toMatchObject({
    truncated: true,
    object: { metadata: { name: "bad" } },
  });
  expect(messages[0]?.data.object).not.toHaveProperty("items");
  expect(messages[0]?.data.object).not.toHaveProperty("spec");
});
