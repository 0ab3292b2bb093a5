import { describe, expect, it } from "vitest";
import type { Leadership } from "../../../relay/handover/leadership.ts";
import { createNotifier } from "../../../relay/runtime/notifier.ts";
import {
  changed,
  createDeliveredJournal,
  createDeliveryScene,
} from "../../support/relay/relay-delivery.ts";
import { createFakeLeadership } from "../../support/relay/relay-leadership.ts";
import { WATCH } from "../../support/relay/relay.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { settle } from "../../support/host/virtual-clock.ts";

/** A leader whose Lease is written when a test says so. */
async function lead(stateDir: string, maySend: () => boolean = () => true) {
  const journal = await createDeliveredJournal(stateDir);
  const lease = createFakeLeadership();
  lease.lead();
  const notifier = createNotifier();
  let hurried = 0;
  const leadership: Leadership = {
    ...lease.leadership,
    changed: notifier,
    maySend,
    hurry: () => void (hurried += 1),
  };
  const scene = createDeliveryScene(journal, { leadership });
  /** The state of the announcement after everything that can run has run. */
  const announce = () => {
    let isAnnounced = false;
    void scene.delivery
      .announce(new AbortController().signal)
      .then(() => void (isAnnounced = true));
    return async () => {
      await settle();
      return isAnnounced;
    };
  };
  return { journal, scene, notifier, announce, hurried: () => hurried };
}

describe("before a new object is sent", () => {
  it("waits until the Lease names it, and asks for that soon", async () => {
    using folder = temporaryFolder();
    const { journal, scene, notifier, announce, hurried } = await lead(folder.path);
    await scene.read(changed("ADDED", "new", "11"));
    scene.send();
    const isAnnounced = announce();
    expect(await isAnnounced()).toBe(false);
    expect(hurried()).toBe(1);
    const { checkpoints, written } = scene.delivery.checkpoints();
    expect(checkpoints.get(WATCH)?.sent).toMatchObject([{ name: "new", resourceVersion: "11" }]);
    // The Lease was read, and does not name it yet.
    notifier.notify();
    expect(await isAnnounced()).toBe(false);
    written();
    notifier.notify();
    expect(await isAnnounced()).toBe(true);
    journal.close();
  });

  it("does not wait for a Lease that it may not rely on any more", async () => {
    using folder = temporaryFolder();
    const { journal, scene, announce } = await lead(folder.path, () => false);
    await scene.read(changed("ADDED", "new", "11"));
    scene.send();
    expect(await announce()()).toBe(true);
    journal.close();
  });
});

it("sends a change of an object that the queue has without waiting for the Lease", async () => {
  using folder = temporaryFolder();
  const { journal, scene, announce, hurried } = await lead(folder.path);
  await scene.read(changed("MODIFIED", "a", "11"));
  scene.send();
  expect(await announce()()).toBe(true);
  expect(hurried()).toBe(0);
  journal.close();
});

it("refuses a change of a watch that it does not have", async () => {
  using folder = temporaryFolder();
  const journal = await createDeliveredJournal(folder.path);
  const { delivery } = createDeliveryScene(journal);
  expect(() => delivery.ledger("another")).toThrow("no ledger for the watch another");
  journal.close();
});
