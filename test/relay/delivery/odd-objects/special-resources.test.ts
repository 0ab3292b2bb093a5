import { describe, expect, it } from "vitest";
import type { ResourceType } from "../../../../events/change.ts";
import type { WatchStep } from "../../../../relay/reflector/step.ts";
import { CONFIG_MAPS, configMap } from "../../../support/relay/change.ts";
import { findRow } from "../../../support/relay/journal-row.ts";
import {
  began,
  changed,
  createDeliveredJournal,
  createDeliveryScene,
  ended,
  listed,
  openTestJournal,
  read,
} from "../../../support/relay/relay-delivery.ts";
import { WATCH } from "../../../support/relay/relay.ts";
import { temporaryFolder } from "../../../support/host/temporary-folder.ts";

const identity = (name: string) => ({ namespace: "default", name, uid: `uid-${name}` });

it("does not use the checkpoint of another selection", async () => {
  using folder = temporaryFolder();
  const journal = await createDeliveredJournal(folder.path);
  expect(
    createDeliveryScene(journal, { watch: { selection: "another" } }).ledger.start(),
  ).toMatchObject({
    type: "snapshot",
  });
  journal.close();
});

describe("Kubernetes Events", () => {
  const resource: ResourceType = { ...CONFIG_MAPS, resource: "events", kind: "Event" };

  it("are sent without journal rows, and their expiry is not reported", async () => {
    using folder = temporaryFolder();
    const journal = openTestJournal(folder.path);
    const relay = createDeliveryScene(journal, { watch: { resource } });
    await relay.read(began(), listed("old", "5"), ended("10"), changed("ADDED", "e", "11"));
    expect(relay.accept()).toEqual(["added e@11"]);
    await relay.read(changed("MODIFIED", "e", "12"), changed("DELETED", "e", "13"));
    expect(relay.accept()).toEqual(["modified e@12"]);
    expect(findRow(journal, WATCH, identity("e"))).toBeUndefined();
    journal.close();
  });

  it("that were created while the relay was away are found by the checkpoint, and none is deleted", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal, { watch: { resource } });
    await relay.read(began(), listed("old", "9"), listed("new", "11"), ended("20"));
    expect(relay.accept()).toEqual(["added new@11 gap"]);
    journal.close();
  });
});

it("reports our own records only if they have a new generation, and their deletion", async () => {
  using folder = temporaryFolder();
  const journal = openTestJournal(folder.path);
  const resource: ResourceType = {
    group: "kubemend.dev",
    version: "v1alpha1",
    resource: "remediations",
    kind: "Remediation",
    namespaced: true,
  };
  const relay = createDeliveryScene(journal, { watch: { resource } });
  const record = (
    event: "ADDED" | "MODIFIED" | "DELETED",
    version: string,
    generation: number,
  ): WatchStep => {
    const object = configMap("r", version);
    return {
      type: "changed",
      event,
      ...read({ ...object, metadata: { ...object.metadata, generation } }),
    };
  };
  await relay.read(began(), ended("10"), record("ADDED", "11", 1));
  expect(relay.accept()).toEqual(["added r@11"]);
  await relay.read(record("MODIFIED", "12", 1));
  expect(relay.accept()).toEqual([]);
  await relay.read(record("MODIFIED", "13", 2));
  expect(relay.accept()).toEqual(["modified r@13"]);
  await relay.read(record("DELETED", "14", 2));
  expect(relay.accept()).toEqual(["deleted r@14"]);
  journal.close();
});

describe("a resource whose resourceVersions have no order", () => {
  it("is compared at each start, and a smaller resourceVersion is a change", async () => {
    using folder = temporaryFolder();
    const journal = openTestJournal(folder.path);
    const initial = [{ key: "watch", ruleId: undefined }];
    const first = createDeliveryScene(journal, { watch: { unordered: true, initial } });
    await first.read(began(), listed("a", "100"), listed("b", "90"), ended("7"));
    first.accept();
    const second = createDeliveryScene(journal, { watch: { unordered: true, initial } });
    expect(second.ledger.start()).toMatchObject({ type: "snapshot" });
    await second.read(began(), listed("a", "3"), ended("8"));
    expect(second.accept().toSorted()).toEqual(["deleted b@8 gap", "modified a@3 gap"]);
    await second.read(changed("MODIFIED", "a", "2"));
    expect(second.accept()).toEqual(["modified a@2"]);
    journal.close();
  });
});
