import { describe, expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import type { Journal } from "../../../adapters/journal/journal.ts";
import { parseLabelSelector } from "../../../core/pipeline/label-selector.ts";
import type { ChangeMessage, KubernetesObject } from "../../../events/change.ts";
import { toChangeId } from "../../../events/ids.ts";
import type { PlannedWatch } from "../../../relay/plan/planned-watch.ts";
import { configMap, ORIGIN } from "../../support/relay/change.ts";
import {
  plannedWatch,
  runRelayUntil,
  summarizeMessage,
} from "../../support/relay/followed-watch.ts";
import {
  bookmark,
  createScriptedClient,
  event,
  list,
  status,
  type ScriptedAnswer,
} from "../../support/kubernetes/scripted-client.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

function namespace(name: string, resourceVersion: string, labels: Record<string, string> = {}) {
  const metadata = { name, uid: `uid-of-${name}`, resourceVersion, labels };
  return { apiVersion: "v1", kind: "Namespace", metadata };
}

function inNamespace(name: string, namespace: string, version: string): KubernetesObject {
  const object = configMap(name, version);
  return { ...object, metadata: { ...object.metadata, namespace } };
}

function selecting(text: string): PlannedWatch {
  const namespaceSelector = parseLabelSelector(text);
  if (!namespaceSelector.ok) throw new Error(namespaceSelector.error);
  const watch = plannedWatch();
  const tracked = { ...watch.tracked, byNamespace: true };
  return { ...watch, namespaceSelector: namespaceSelector.value, tracked };
}

const DATA = { team: "data" };
const ALL = [
  event("ADDED", inNamespace("a", "data", "6")),
  event("ADDED", inNamespace("o", "other", "7")),
  bookmark("10", true),
];

/** Runs until so many messages came; each namespace line after the first three waits for as many messages as it stands. */
async function run(
  journal: Journal,
  script: {
    readonly namespaces: readonly object[];
    readonly objects: readonly object[];
    readonly answer?: (path: string, accept: string) => ScriptedAnswer | undefined;
    readonly count: number;
    readonly watch?: PlannedWatch;
  },
): Promise<readonly ChangeMessage[]> {
  const waiting: { readonly count: number; readonly go: () => void }[] = [];
  const later = script.namespaces.slice(3).map((line, index) => {
    const { promise, resolve } = Promise.withResolvers<object>();
    waiting.push({ count: index + 1, go: () => resolve(line) });
    return promise;
  });
  const { client } = createScriptedClient(({ path, query, accept = "" }) => {
    if (path === "/api/v1/namespaces") {
      return { lines: [...script.namespaces.slice(0, 3), ...later], stayOpen: true };
    }
    if (query["watch"] === true) return { lines: script.objects, stayOpen: true };
    if (path === "/api/v1/configmaps") return { body: list("40", []) };
    return script.answer?.(path, accept) ?? { status: 404, body: status(404, path) };
  });
  return runRelayUntil({
    client,
    journal,
    watches: [script.watch ?? selecting("team=data")],
    enough: (messages) => {
      for (const { count, go } of waiting) if (messages.length >= count) go();
      return messages.length === script.count;
    },
  });
}

const START = [
  event("ADDED", namespace("data", "3", DATA)),
  event("ADDED", namespace("other", "4")),
  bookmark("5", true),
];

describe("a watch that selects namespaces by label", () => {
  it("reports only objects of these namespaces, with their labels, and objects that enter and leave with their namespace", async () => {
    using folder = temporaryFolder();
    const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
    const messages = await run(journal, {
      namespaces: [
        ...START,
        event("MODIFIED", namespace("other", "20", DATA)),
        event("MODIFIED", namespace("data", "21", { team: "ops" })),
      ],
      objects: ALL,
      answer: (path) => {
        if (path.endsWith("/other/configmaps")) {
          return { body: list("22", [inNamespace("o", "other", "7")]) };
        }
        return path.endsWith("/a") ? { body: inNamespace("a", "data", "6") } : undefined;
      },
      count: 3,
    });
    expect(messages.map(summarizeMessage)).toEqual(["added a@6", "added o@7", "left a@6"]);
    expect(messages.map(({ data }) => data.namespaceLabels)).toEqual([DATA, DATA, { team: "ops" }]);
    expect(messages.map(({ data }) => data.gap)).toEqual([undefined, undefined, undefined]);
    const identity = { clusterUid: ORIGIN.cluster.uid, objectUid: "uid-a", resourceVersion: "6" };
    expect(messages[0]?.id).toBe(toChangeId({ ...identity, change: "added" }));
    const left = { uid: "uid-of-data", resourceVersion: "21" };
    expect(messages[2]?.id).toBe(toChangeId({ ...identity, change: "left", namespace: left }));
    journal.close();
  });

  it("uses only metadata of objects that enter, whatever encoding the server uses, and of objects that leave", async () => {
    using folder = temporaryFolder();
    const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
    const watch = selecting("team=data");
    const whole = (object: KubernetesObject): KubernetesObject => ({ ...object, data: { k: "v" } });
    const messages = await run(journal, {
      watch: { ...watch, target: { ...watch.target, projection: "metadata" } },
      namespaces: [
        ...START,
        event("MODIFIED", namespace("other", "20", DATA)),
        event("MODIFIED", namespace("data", "21", { team: "ops" })),
      ],
      objects: ALL,
      answer: (path, accept) => {
        if (path.endsWith("/a")) return { body: whole(inNamespace("a", "data", "6")) };
        if (!path.endsWith("/other/configmaps")) return undefined;
        return accept === "application/json"
          ? { body: list("22", [whole(inNamespace("o", "other", "7"))]) }
          : { status: 406, body: status(406, "not acceptable") };
      },
      count: 3,
    });
    expect(messages.map(summarizeMessage)).toEqual(["added a@6", "added o@7", "left a@6"]);
    const fields = messages.map(({ data }) => Object.keys(data.object).toSorted());
    expect(fields).toEqual(Array.from({ length: 3 }, () => ["apiVersion", "kind", "metadata"]));
    journal.close();
  });

  it("finds after a stop what left and what was deleted while nobody was watching", async () => {
    using folder = temporaryFolder();
    const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
    const objects = [event("ADDED", inNamespace("b", "data", "6")), ...ALL];
    await run(journal, { namespaces: START, objects, count: 2 });
    const messages = await run(journal, {
      namespaces: [
        event("ADDED", namespace("data", "30")),
        event("ADDED", namespace("other", "31", DATA)),
        bookmark("32", true),
      ],
      objects: ALL,
      answer: (path) => (path.endsWith("/a") ? { body: inNamespace("a", "data", "6") } : undefined),
      count: 3,
    });
    expect(messages.map(summarizeMessage).toSorted()).toEqual([
      "added o@7",
      "deleted b@40",
      "left a@6",
    ]);
    expect(messages.every(({ data }) => data.gap === true)).toBe(true);
    journal.close();
  });

  it("reports an unchanged object again when its namespace is selected again", async () => {
    using folder = temporaryFolder();
    const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
    const messages = await run(journal, {
      namespaces: [
        ...START,
        event("MODIFIED", namespace("data", "20")),
        event("MODIFIED", namespace("data", "21", DATA)),
      ],
      objects: ALL,
      answer: (path) => {
        if (path.endsWith("/data/configmaps")) {
          return { body: list("22", [inNamespace("a", "data", "6")]) };
        }
        return path.endsWith("/a") ? { body: inNamespace("a", "data", "6") } : undefined;
      },
      count: 3,
    });
    expect(messages.map(summarizeMessage)).toEqual(["added a@6", "left a@6", "added a@6"]);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(3);
    journal.close();
  });
});
