import { describe, expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import { configMap } from "../../support/relay/change.ts";
import {
  plannedWatch,
  runRelayUntil,
  SILENT,
  summarizeMessage,
} from "../../support/relay/followed-watch.ts";
import {
  bookmark,
  createScriptedClient,
  event,
  list,
  status,
} from "../../support/kubernetes/scripted-client.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

describe("a relay with a label selector", () => {
  it("reports a lost label as left, a deletion as deleted, and the label's return as added", async () => {
    using folder = temporaryFolder();
    const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
    const run = async (count: number, script: { changes?: object[]; snapshot?: object[] }) => {
      const { client } = createScriptedClient(({ path, query }) => {
        if (path.endsWith("/a") || path.endsWith("/c")) {
          return { body: configMap(path.slice(-1), "11") };
        }
        if (path.endsWith("/b")) return { status: 404, body: status(404, "gone") };
        if (query["watch"] !== true) return { body: list("30", []) };
        const { changes, snapshot } = script;
        const lines = query["sendInitialEvents"] === true ? snapshot : changes;
        return {
          lines: lines ?? [{ type: "ERROR", object: status(410, "too old") }],
          stayOpen: true,
        };
      });
      const watches = [plannedWatch({ labelSelector: "app=a" })];
      const enough = (sent: readonly unknown[]) => sent.length === count;
      const messages = await runRelayUntil({ client, journal, watches, enough });
      return messages.map(summarizeMessage).toSorted();
    };
    const start = ["a", "b", "c"].map((name) => event("ADDED", configMap(name, "5")));
    expect(await run(3, { snapshot: [...start, bookmark("10", true)] })).toEqual([
      "added a@5",
      "added b@5",
      "added c@5",
    ]);
    const went = ["a", "b"].map((name) => event("DELETED", configMap(name, "11")));
    expect(await run(2, { changes: went })).toEqual(["deleted b@30", "left a@11"]);
    const back = event("ADDED", configMap("a", "13"));
    expect(await run(1, { changes: [back, bookmark("14")] })).toEqual(["added a@13"]);
    expect(await run(1, { snapshot: [back, bookmark("20", true)] })).toEqual(["left c@11"]);
    journal.close();
  });

  it(
    "reports the object that took the name of a deleted one, although the deletion was confirmed later",
    { timeout: 15_000 },
    async () => {
      using folder = temporaryFolder();
      const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
      const second = configMap("b", "12", { uid: "second" });
      const { client } = createScriptedClient(({ path, query }) => {
        if (path.endsWith("/b")) return { body: second };
        if (query["watch"] !== true) return { body: list("30", []) };
        return {
          lines: [
            event("ADDED", configMap("b", "5")),
            bookmark("10", true),
            event("DELETED", configMap("b", "11")),
            event("ADDED", second),
            event("ADDED", configMap("last", "13")),
          ],
          stayOpen: true,
        };
      });
      const watches = [plannedWatch({ labelSelector: "app=a" })];
      const messages = await runRelayUntil({
        client,
        journal,
        watches,
        enough: (sent) => sent.length === 4,
      });
      const ofName = messages.map(summarizeMessage).filter((text) => text.includes(" b@"));
      expect(ofName).toEqual(["added b@5", "deleted b@30", "added b@12"]);
      journal.close();
    },
  );
});

it("a watch continues after an object about which the API server refuses every question", async () => {
  using folder = temporaryFolder();
  const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
  const { client } = createScriptedClient(({ query }) => {
    if (query["watch"] !== true) return { status: 400, body: status(400, "no") };
    return {
      lines: [
        event("ADDED", configMap("a", "5")),
        bookmark("10", true),
        event("DELETED", configMap("a", "11")),
        event("ADDED", configMap("b", "12")),
      ],
      stayOpen: true,
    };
  });
  const watches = [plannedWatch({ labelSelector: "app=a" })];
  const enough = (sent: readonly unknown[]) => sent.length === 3;
  const messages = await runRelayUntil({ client, journal, watches, enough });
  expect(messages.map(summarizeMessage).toSorted()).toEqual([
    "added a@5",
    "added b@12",
    "left a@11",
  ]);
  journal.close();
});

describe("many objects that a relay's watch no longer shows", () => {
  const names = Array.from({ length: 40 }, (_, index) => `o${String(index).padStart(2, "0")}`);
  const start = [
    ...names.map((name) => event("ADDED", configMap(name, "5"))),
    bookmark("10", true),
  ];
  const goes = names.map((name, index) => event("DELETED", configMap(name, String(11 + index))));
  const fresh = [bookmark("60", true)];

  /** GETs answer only once `atOnce` of them are open. */
  async function run(after: { readonly lines: readonly object[] } | "snapshot", atOnce: number) {
    using folder = temporaryFolder();
    const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
    const enough = Promise.withResolvers<void>();
    let open = 0;
    let most = 0;
    let snapshots = 0;
    const gone = async (): Promise<object> => {
      open += 1;
      most = Math.max(most, open);
      if (open >= atOnce) enough.resolve();
      await enough.promise;
      open -= 1;
      return configMap("x", "1", { uid: "another" });
    };
    const { client } = createScriptedClient(({ path, query }) => {
      if (!path.endsWith("/configmaps")) return { lines: [gone()] };
      if (query["watch"] !== true) return { body: list("60", []) };
      if (query["sendInitialEvents"] !== true) return { lines: [], stayOpen: true };
      snapshots += 1;
      if (after === "snapshot") {
        return snapshots === 1
          ? { lines: [...start, event("ERROR", status(410, "too old"))] }
          : { lines: fresh, stayOpen: true };
      }
      return { lines: [...start, ...after.lines, bookmark("60")], stayOpen: true };
    });
    const watches = [plannedWatch({ labelSelector: "app=a" })];
    const count = names.length * 2;
    let isRead = after === "snapshot";
    const messages = await runRelayUntil({
      client,
      journal,
      watches,
      enough: (sent) => isRead && sent.length >= count,
      deps: {
        report: { ...SILENT, step: (_watch, { type }) => void (isRead ||= type === "bookmark") },
      },
    });
    const position = journal.checkpoint(watches[0]?.key ?? "")?.resourceVersion;
    journal.close();
    const deletions = messages.slice(names.length);
    return {
      sent: deletions.map(({ data }) => `${data.change} ${data.object.metadata.name}`),
      most,
      position,
    };
  }

  it("are asked about sixteen at a time while the stream is read, and reported in its order", async () => {
    const { sent, most, position } = await run({ lines: goes }, 16);
    expect(sent).toEqual(names.map((name) => `deleted ${name}`));
    expect(most).toBeGreaterThanOrEqual(16);
    expect(most).toBeLessThanOrEqual(18);
    expect(position).toBe("60");
  });

  it("are asked about sixteen at a time if a comparison misses them", async () => {
    const { sent, most } = await run("snapshot", 16);
    expect(sent.toSorted()).toEqual(names.map((name) => `deleted ${name}`));
    expect(most).toBe(16);
  });

  it("wait for earlier steps of the stream about the same name", async () => {
    const back = [
      event("DELETED", configMap("o00", "11")),
      event("ADDED", configMap("o00", "12", { uid: "uid-second" })),
      event("DELETED", configMap("o00", "13", { uid: "uid-second" })),
      ...goes.slice(1),
    ];
    const { sent } = await run({ lines: back }, 1);
    // Added and deleted again before it was sent is not reported; a delivered object is reported as deleted, once.
    expect(sent.filter((line) => line.endsWith("o00"))[0]).toBe("deleted o00");
    expect(new Set(sent).has("deleted o39")).toBe(true);
  });
});
