import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findRow } from "../../support/relay/journal-row.ts";
import {
  changed,
  createDeliveredJournal,
  createDeliveryScene,
  openTestJournal,
} from "../../support/relay/relay-delivery.ts";
import { WATCH } from "../../support/relay/relay.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const identity = (name: string) => ({ namespace: "default", name, uid: `uid-${name}` });

describe("a replay", () => {
  it("reports nothing that was delivered, and brings no deleted object back", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    expect(relay.ledger.start()).toEqual({ type: "resume", position: "10" });
    await relay.read(
      changed("MODIFIED", "a", "12"),
      changed("DELETED", "a", "14"),
      changed("MODIFIED", "b", "15"),
    );
    expect(relay.accept()).toEqual(["deleted a@14", "modified b@15"]);
    // The checkpoint has passed the tombstone by now: write it again, as a slower commit would have left it.
    journal.stageRow(WATCH, {
      uid: "uid-a",
      resourceVersion: "14",
      namespace: "default",
      name: "a",
      generation: null,
      standing: "tombstone",
    });
    await relay.read(
      changed("MODIFIED", "a", "12"),
      changed("DELETED", "a", "14"),
      changed("MODIFIED", "b", "15"),
      changed("MODIFIED", "b", "16"),
    );
    expect(relay.accept()).toEqual(["modified b@16"]);
    journal.close();
  });

  it("starts below the oldest change that was not accepted, however many later ones were", async () => {
    using folder = temporaryFolder();
    const journal = await createDeliveredJournal(folder.path);
    const relay = createDeliveryScene(journal);
    await relay.read(
      changed("MODIFIED", "a", "11"),
      changed("MODIFIED", "b", "12"),
      changed("MODIFIED", "c", "13"),
    );
    const [a, b, c] = relay.send().flat();
    const accept = (ticket: typeof a): string | undefined => {
      if (ticket === undefined) throw new Error("nothing was taken");
      relay.delivery.settle([ticket], [{ outcome: "accepted", messageId: "m" }]);
      return journal.checkpoint(WATCH)?.resourceVersion;
    };
    expect(accept(b)).toBe("10");
    expect(accept(c)).toBe("10");
    expect(accept(a)).toBe("13");
    journal.close();
  });
});

it("moves the checkpoint to a bookmark once everything before it is accepted, durably", async () => {
  using folder = temporaryFolder();
  const journal = await createDeliveredJournal(folder.path);
  const relay = createDeliveryScene(journal);
  const position = (): string | undefined => journal.checkpoint(WATCH)?.resourceVersion;
  await relay.read({ type: "bookmark", resourceVersion: "20" });
  expect(position()).toBe("20");
  await relay.read(changed("MODIFIED", "a", "21"), { type: "bookmark", resourceVersion: "30" });
  expect(position()).toBe("20");
  relay.accept();
  expect(position()).toBe("30");
  using copy = temporaryFolder();
  cpSync(folder.path, join(copy.path, "state"), { recursive: true });
  const after = openTestJournal(join(copy.path, "state"));
  expect(after.checkpoint(WATCH)?.resourceVersion).toBe("30");
  after.close();
  journal.close();
});

it("takes a snapshot instead of resuming if namespaces are selected by label, and keeps its rows", async () => {
  using folder = temporaryFolder();
  const journal = await createDeliveredJournal(folder.path);
  const { ledger } = createDeliveryScene(journal, { watch: { byNamespace: true } });
  expect(ledger.start()).toEqual({ type: "snapshot", cause: "start", replace: false });
  journal.close();
});

it("journals nothing that the queue has not accepted", async () => {
  using folder = temporaryFolder();
  const journal = await createDeliveredJournal(folder.path);
  const relay = createDeliveryScene(journal);
  await relay.read(changed("MODIFIED", "a", "11"), changed("DELETED", "b", "12"));
  relay.ledger.save();
  using copy = temporaryFolder();
  // As kill -9 leaves it.
  cpSync(folder.path, join(copy.path, "state"), { recursive: true });
  const after = openTestJournal(join(copy.path, "state"));
  expect(after.checkpoint(WATCH)?.resourceVersion).toBe("10");
  expect(findRow(after, WATCH, identity("a"))?.resourceVersion).toBe("5");
  expect(findRow(after, WATCH, identity("b"))?.standing).toBe("delivered");
  after.close();
  journal.close();
});

it("does not bring back an object that was deleted before it was sent and whose name has another owner by now", async () => {
  using folder = temporaryFolder();
  const journal = await createDeliveredJournal(folder.path);
  // The checkpoint is at 10; of the name n, the second object was delivered, and something before it was not.
  const second = { uid: "uid-second", resourceVersion: "13", namespace: "default", name: "n" };
  journal.stageRow(WATCH, { ...second, generation: null, standing: "delivered" });
  const relay = createDeliveryScene(journal);
  await relay.read(changed("ADDED", "n", "11"), changed("MODIFIED", "a", "14"));
  expect(relay.accept()).toEqual(["modified a@14"]);
  journal.close();
});

it("reports the deletion of an object that was sent before the relay was killed and whose answer never came", async () => {
  using folder = temporaryFolder();
  const journal = await createDeliveredJournal(folder.path);
  const relay = createDeliveryScene(journal);
  await relay.read(changed("ADDED", "new", "11"));
  relay.send();
  await relay.read(changed("ADDED", "unsent", "12"));
  using copy = temporaryFolder();
  cpSync(folder.path, join(copy.path, "state"), { recursive: true });
  const after = openTestJournal(join(copy.path, "state"));
  const again = createDeliveryScene(after);
  await again.read(changed("ADDED", "new", "11"), changed("ADDED", "unsent", "12"));
  await again.read(changed("DELETED", "new", "13"), changed("DELETED", "unsent", "14"));
  expect(again.accept()).toEqual(["deleted new@13"]);
  after.close();
  journal.close();
});
