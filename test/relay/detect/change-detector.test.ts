import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Journal } from "../../../adapters/journal/journal.ts";
import type { ResourceType } from "../../../events/change.ts";
import type { TrackedWatch } from "../../../relay/plan/tracked-watch.ts";
import type { Change } from "../../../relay/detect/change.ts";
import type { WatchStep } from "../../../relay/reflector/step.ts";
import { CONFIG_MAPS, configMap } from "../../support/relay/change.ts";
import {
  began,
  changed,
  createDeliveredJournal,
  createDeliveryScene,
  ended,
  listed,
  openTestJournal,
  read,
} from "../../support/relay/relay-delivery.ts";
import { summarizeChange } from "../../support/relay/relay.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const EVENTS: ResourceType = { ...CONFIG_MAPS, resource: "events", kind: "Event" };
let folder: ReturnType<typeof temporaryFolder>;
let journal: Journal;

/** A journal that has delivered a@5, b@6 and c@7. */
beforeEach(async () => {
  folder = temporaryFolder();
  journal = await createDeliveredJournal(folder.path);
});

afterEach(() => {
  journal.close();
  folder[Symbol.dispose]();
});

const createRelay = (watch: Partial<TrackedWatch> = { byNamespace: true }) =>
  createDeliveryScene(journal, { watch });

const summarize = (changes: Iterable<Change>): readonly string[] =>
  Array.from(changes, (change) => {
    const only = change.onlyNamespace === true ? " by its namespace" : "";
    return `${summarizeChange(change)}${only}`;
  });

describe("an object of a namespace that is selected from now on", () => {
  it("is added if it was never reported, and modified if it has changed since it was", () => {
    const { detector } = createRelay();
    const entered = (name: string, version: string) =>
      summarize(detector.entered(read(configMap(name, version))));
    expect(entered("new", "20")).toEqual(["added new@20 by its namespace"]);
    expect(entered("a", "20")).toEqual(["modified a@20 by its namespace"]);
    expect(entered("a", "5")).toEqual([]);
  });

  it("is added again if it had left, although it has not changed", async () => {
    const { detector, offer, accept } = createRelay();
    for (const change of detector.leaving("default", 0)) await offer({ ...change, change: "left" });
    accept();
    expect(summarize(detector.entered(read(configMap("a", "5"))))).toEqual([
      "added a@5 by its namespace",
    ]);
  });

  it("comes after the deletion of another one that had its name", () => {
    const { detector } = createRelay();
    const changes = detector.entered(read(configMap("a", "20", { uid: "second" })));
    expect(summarize(changes)).toEqual([
      "deleted a@20 gap",
      "added a (second)@20 by its namespace",
    ]);
  });
});

describe("the objects of a namespace that is no longer selected", () => {
  it("are doubtful deletions at their last known states, and those of other namespaces are not", async () => {
    const { detector, offer } = createRelay();
    const elsewhere = configMap("e", "15");
    const metadata = { ...elsewhere.metadata, namespace: "other" };
    for (const change of detector.entered(read({ ...elsewhere, metadata }))) await offer(change);
    expect(summarize(detector.leaving("default", 0)).toSorted()).toEqual([
      "deleted a@5 gap by its namespace",
      "deleted b@6 gap by its namespace",
      "deleted c@7 gap by its namespace",
    ]);
    expect(summarize(detector.leaving("other", 0))).toEqual(["deleted e@15 gap by its namespace"]);
    expect(summarize(detector.leaving("unknown", 0))).toEqual([]);
  });

  it("are none of a watch of Events: their end is their expiry", () => {
    expect(summarize(createRelay({ resource: EVENTS }).detector.leaving("default", 0))).toEqual([]);
  });
});

describe("an object that is deleted while a snapshot is read", () => {
  const unlisted = (name: string, version: string): WatchStep => ({
    type: "unlisted",
    ...read(configMap(name, version)),
  });

  it("is reported once, whether or not the snapshot has shown it before", async () => {
    const relay = createRelay({});
    await relay.read(began(), listed("a", "5"), unlisted("a", "11"), unlisted("b", "12"));
    await relay.read(listed("c", "7"), ended("20"));
    expect(relay.accept().toSorted()).toEqual(["deleted a@11", "deleted b@12"]);
  });

  it("is no older state that an etcd rollback would explain", async () => {
    const relay = createRelay({});
    await relay.read(began(), listed("a", "4"));
    expect(relay.detector.foundRollback()).toBe(true);
    await relay.read(unlisted("a", "11"));
    expect(relay.detector.foundRollback()).toBe(false);
    expect(relay.detector.isComparing()).toBe(true);
    await relay.read(listed("b", "6"), listed("c", "7"), ended("20"));
    expect(relay.detector.isComparing()).toBe(false);
    expect(relay.accept()).toEqual(["deleted a@11"]);
  });
});

describe("a deletion of a stream", () => {
  it("of an object that was never reported, or whose deletion was, is nothing", async () => {
    const relay = createRelay({});
    await relay.read(changed("DELETED", "never", "11"), changed("DELETED", "a", "12"));
    expect(relay.accept()).toEqual(["deleted a@12"]);
    await relay.read(changed("DELETED", "a", "13"));
    expect(relay.accept()).toEqual([]);
  });
});

describe("Events of a first snapshot", () => {
  it.each([
    [[{ key: "rule", ruleId: "r" }], ["added e@5 initial(r)"]],
    [[], []],
  ])("are sent for the rules that asked for them only", async (initial, sent) => {
    using other = temporaryFolder();
    const fresh = openTestJournal(other.path);
    const relay = createDeliveryScene(fresh, { watch: { resource: EVENTS, initial } });
    await relay.read(began(), listed("e", "5"), ended("10"));
    expect(relay.accept()).toEqual(sent);
    fresh.close();
  });
});
