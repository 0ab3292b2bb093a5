import { describe, expect, it } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import {
  accept,
  ACCEPTED,
  changedWith,
  describeBatch,
  listedWith,
  startWithA,
} from "../../support/relay/compared-relay.ts";
import { findRow } from "../../support/relay/journal-row.ts";
import { began, ended, read, type DeliveryScene } from "../../support/relay/relay-delivery.ts";
import { WATCH } from "../../support/relay/relay.ts";
import { configMap } from "../../support/relay/change.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const LOST = {
  outcome: "refused",
  error: new KubemendError("QueueUnreachable", "no answer", { retryable: true }),
} as const;
const NEVER = {
  outcome: "refused",
  error: new KubemendError("MessageRefused", "never", { retryable: false }),
} as const;

/** Sends one batch, of which the queue says nothing; returns what was sent. */
function sendInVain({ delivery }: DeliveryScene): readonly string[] {
  const [batch = []] = delivery.takeBatches(1);
  const sent = describeBatch(batch);
  delivery.retry(
    delivery.settle(
      batch,
      batch.map(() => LOST),
    ).refused,
  );
  return sent;
}

describe("what a message says of the compared fields", () => {
  it("is yes if they differ from the state that was delivered before, and no if only other fields do", async () => {
    using folder = temporaryFolder();
    const { journal, relay } = await startWithA(folder.path);
    await relay.read(changedWith("MODIFIED", "a", "11", "A"));
    expect(accept(relay)).toEqual(["a@11 no"]);
    await relay.read(changedWith("MODIFIED", "a", "12", "B"));
    expect(accept(relay)).toEqual(["a@12 yes"]);
    await relay.read(changedWith("MODIFIED", "a", "13", "B"));
    expect(accept(relay)).toEqual(["a@13 no"]);
    journal.close();
  });

  it("is about what the queue has accepted, and not about a state that was merged away: from A over B to A is no", async () => {
    using folder = temporaryFolder();
    const { journal, relay } = await startWithA(folder.path);
    await relay.read(changedWith("MODIFIED", "a", "11", "B"));
    await relay.read(changedWith("MODIFIED", "a", "12", "A"));
    expect(accept(relay)).toEqual(["a@12 no"]);
    await relay.read(changedWith("MODIFIED", "a", "13", "B"));
    await relay.read(changedWith("MODIFIED", "a", "14", "B"));
    expect(accept(relay)).toEqual(["a@14 yes"]);
    journal.close();
  });

  it("is yes again if a state is sent again, with every state that the queue may have in between", async () => {
    using folder = temporaryFolder();
    const { journal, relay } = await startWithA(folder.path);
    await relay.read(changedWith("MODIFIED", "a", "11", "B"));
    expect(sendInVain(relay)).toEqual(["a@11 yes"]);
    await relay.read(changedWith("MODIFIED", "a", "12", "A"));
    expect(accept(relay)).toEqual(["a@11 yes", "a@12 yes"]);
    journal.close();
  });

  it("is unknown for an object that was added, and no for the first change of its labels", async () => {
    using folder = temporaryFolder();
    const { journal, relay } = await startWithA(folder.path);
    await relay.read(changedWith("ADDED", "b", "11", "A"));
    expect(accept(relay)).toEqual(["b@11 unknown"]);
    await relay.read(changedWith("MODIFIED", "b", "12", "A"));
    expect(accept(relay)).toEqual(["b@12 no"]);
    journal.close();
  });

  it("is unknown after a gap, and known again for the next change", async () => {
    using folder = temporaryFolder();
    const { journal, relay } = await startWithA(folder.path);
    await relay.read(began(), listedWith("a", "20", "A"), ended("21"));
    expect(accept(relay)).toEqual(["a@20 unknown"]);
    await relay.read(changedWith("MODIFIED", "a", "22", "B"));
    expect(accept(relay)).toEqual(["a@22 yes"]);
    await relay.read(changedWith("MODIFIED", "a", "23", "C"));
    await relay.read(began(), listedWith("a", "30", "C"), ended("31"));
    expect(accept(relay)).toEqual(["a@30 unknown"]);
    journal.close();
  });

  it("is unknown if the object was not read whole, and for the change after it", async () => {
    using folder = temporaryFolder();
    const { journal, relay } = await startWithA(folder.path);
    const { read: whole, readAtMs } = read(configMap("a", "11"));
    const step = { read: { ...whole, truncated: "too deep" }, readAtMs };
    await relay.read({ type: "changed", event: "MODIFIED", ...step });
    expect(accept(relay)).toEqual(["a@11 unknown"]);
    await relay.read(changedWith("MODIFIED", "a", "12", "A"));
    expect(accept(relay)).toEqual(["a@12 unknown"]);
    await relay.read(changedWith("MODIFIED", "a", "13", "A"));
    expect(accept(relay)).toEqual(["a@13 no"]);
    journal.close();
  });

  it("is unknown after a state that the queue never accepts", async () => {
    using folder = temporaryFolder();
    const { journal, relay } = await startWithA(folder.path);
    await relay.read(changedWith("MODIFIED", "a", "11", "B"));
    for (const attempt of ["whole", "as metadata"]) {
      const [batch = []] = relay.delivery.takeBatches(1);
      expect([attempt, ...describeBatch(batch)]).toEqual([attempt, "a@11 yes"]);
      if (attempt === "as metadata") await relay.read(changedWith("MODIFIED", "a", "12", "B"));
      relay.delivery.settle(
        batch,
        batch.map(() => NEVER),
      );
    }
    expect(accept(relay)).toEqual(["a@12 unknown"]);
    await relay.read(changedWith("MODIFIED", "a", "13", "B"));
    expect(accept(relay)).toEqual(["a@13 no"]);
    journal.close();
  });

  it("says nothing of a deletion, and keeps nothing of what is deleted", async () => {
    using folder = temporaryFolder();
    const { journal, relay } = await startWithA(folder.path);
    await relay.read(changedWith("DELETED", "a", "11", "A"));
    const [batch = []] = relay.delivery.takeBatches(1);
    expect(describeBatch(batch)).toEqual(["a@11 undefined"]);
    relay.delivery.settle(
      batch,
      batch.map(() => ACCEPTED),
    );
    const row = findRow(journal, WATCH, { namespace: "default", name: "a", uid: "uid-a" });
    expect(row?.standing).toBe("tombstone");
    expect(row?.digests).toBeUndefined();
    journal.close();
  });
});
