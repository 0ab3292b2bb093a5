import { describe, expect, it } from "vitest";
import {
  began,
  changed,
  createDeliveredJournal,
  createDeliveryScene,
  ended,
  listed,
  openTestJournal,
} from "../../support/relay/relay-delivery.ts";
import { WATCH } from "../../support/relay/relay.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

describe("a first start", () => {
  it("journals the objects and sends none, and then sends their changes", async () => {
    using folder = temporaryFolder();
    const journal = openTestJournal(folder.path);
    const relay = createDeliveryScene(journal);
    expect(relay.ledger.start()).toMatchObject({ type: "snapshot", cause: "start" });
    await relay.read(
      began(),
      listed("a", "5"),
      ended("10"),
      changed("MODIFIED", "a", "11"),
      changed("ADDED", "b", "12"),
    );
    expect(relay.accept()).toEqual(["modified a@11", "added b@12"]);
    expect(journal.checkpoint(WATCH)?.resourceVersion).toBe("12");
    journal.close();
  });

  it("sends the objects for the rules that asked for them, and for a watch entry without rules", async () => {
    for (const [initial, sent] of [
      [[{ key: "rule r 1", ruleId: "r" }], "added a@5 initial(r)"],
      [[{ key: "watch", ruleId: undefined }], "added a@5 initial()"],
    ] as const) {
      using folder = temporaryFolder();
      const journal = openTestJournal(folder.path);
      const relay = createDeliveryScene(journal, { watch: { initial } });
      await relay.read(began(), listed("a", "5"), ended("10"));
      expect(relay.accept()).toEqual([sent]);
      expect(journal.initialRules(WATCH)).toEqual([initial[0].key]);
      journal.close();
    }
  });

  it("is a first start again if the relay was killed before its objects were accepted", async () => {
    using folder = temporaryFolder();
    const journal = openTestJournal(folder.path);
    const initial = [{ key: "rule r 1", ruleId: "r" }];
    const killed = createDeliveryScene(journal, { watch: { initial } });
    await killed.read(began(), listed("a", "5"), ended("10"));
    const again = createDeliveryScene(journal, { watch: { initial } });
    expect(again.ledger.start()).toMatchObject({ type: "snapshot", cause: "start" });
    await again.read(began(), listed("a", "6"), ended("11"));
    expect(again.accept()).toEqual(["added a@6 initial(r)"]);
    journal.close();
  });
});

describe("a new rule with initial objects", () => {
  const initial = [{ key: "rule r 2", ruleId: "r" }];

  it("receives the existing objects, besides the changes that all rules receive", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal, { watch: { initial } });
    expect(relay.ledger.start()).toMatchObject({ type: "snapshot", cause: "initial" });
    await relay.read(began(), listed("a", "5"), listed("b", "11"), listed("d", "12"), ended("12"));
    expect(relay.accept()).toEqual([
      "added a@5 initial(r)",
      "modified b@11 gap",
      "added d@12 gap",
      "deleted c@12 gap",
    ]);
    expect(createDeliveryScene(journal, { watch: { initial } }).ledger.start()).toEqual({
      type: "resume",
      position: "12",
    });
    journal.close();
  });

  it("does not make its objects unknown: a deletion is reported although the initial object was not sent yet", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal, { watch: { initial } });
    await relay.read(
      began(),
      listed("a", "5"),
      listed("b", "6"),
      listed("c", "7"),
      ended("12"),
      changed("DELETED", "a", "13"),
    );
    expect(relay.accept()).toContain("deleted a@13");
    journal.close();
  });
});
