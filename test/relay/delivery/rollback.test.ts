import { describe, expect, it } from "vitest";
import {
  began,
  changed,
  createDeliveredJournal,
  createDeliveryScene,
  ended,
  listed,
} from "../../support/relay/relay-delivery.ts";
import { WATCH } from "../../support/relay/relay.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

describe("an etcd rollback", () => {
  it("sends all objects again, and forgets the position until that is done", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    await relay.read(began(true));
    expect(createDeliveryScene(journal).ledger.start()).toMatchObject({
      type: "snapshot",
      replace: true,
    });
    await relay.read(listed("a", "3"), listed("b", "6"), ended("8"));
    expect(relay.accept()).toEqual(["modified a@3 gap", "modified b@6 gap", "deleted c@8 gap"]);
    await relay.read(changed("MODIFIED", "a", "9"));
    expect(relay.accept()).toEqual(["modified a@9"]);
    expect(createDeliveryScene(journal).ledger.start()).toEqual({ type: "resume", position: "9" });
    journal.close();
  });

  it("takes no earlier place for progress, although what was in flight is accepted later", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    await relay.read(changed("MODIFIED", "a", "11"), changed("MODIFIED", "b", "12"));
    await relay.read(began(true));
    expect(relay.accept()).toEqual(["modified a@11", "modified b@12"]);
    expect(journal.checkpoint(WATCH)?.resourceVersion).toBe("");
    expect(createDeliveryScene(journal).ledger.start()).toMatchObject({
      type: "snapshot",
      replace: true,
    });
    journal.close();
  });
});
