import { describe, expect, it } from "vitest";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { KubemendError } from "../../../core/errors.ts";
import { TARGET, toMirrorRule } from "../../support/mirror/mirror-world.ts";
import { CONFIG_MAPS, SOURCE_CLUSTER } from "../../support/mirror/mirror-case.ts";
import { deliver, toTransferMessage } from "../../support/mirror/transfer-message.ts";
import {
  createTransferCase,
  toConfigMap,
  toPath,
  type TransferCase,
} from "../../support/mirror/transfer-case.ts";

const RULE = toMirrorRule("mirror-shop", {
  on: { resource: "configmaps", namespaces: ["shop"] },
  alert: { to: "ops", summary: "object.metadata.name" },
});
const AWAY = new KubemendError("QueueUnreachable", "the queue is away", { retryable: true });

/** `settings` of the source, and an object of that name in the target that somebody else has made. */
function createConflict(): TransferCase {
  const world = createTransferCase();
  world.source.put(toPath("settings"), toConfigMap("settings"));
  world.target.put(toPath("settings"), toConfigMap("settings", { metadata: { uid: "theirs" } }));
  return world;
}

const SETTINGS = { name: "settings", uid: "uid-settings" };

/** A process whose alerts are collected by their ids; `send` is called before each of them. */
function startAlerting(
  world: TransferCase,
  sent: string[],
  send: (record: RemediationRecord) => void | Promise<void> = () => undefined,
) {
  return world.start([RULE], {
    alert: async (_rule, record) => {
      await send(record);
      sent.push(`${record.metadata.name}/${record.status?.endedAt}`);
    },
  });
}

describe("the alert about a failure", () => {
  it("is sent once, however often the object fails in the same way", async () => {
    const world = createConflict();
    const sent: string[] = [];
    const process = startAlerting(world, sent);
    await world.deliver(process, RULE.id, SETTINGS);
    await world.deliver(process, RULE.id, SETTINGS);
    expect(sent).toHaveLength(1);
    expect(world.records.statusOf("settings")?.steps).toMatchObject([{ state: "done" }]);
  });

  it("is not sent again if only the message is another one, and the record names the present cause", async () => {
    const world = createConflict();
    const sent: string[] = [];
    const process = startAlerting(world, sent);
    let message = "spec.replica: unknown field";
    const invalid = () => new KubemendError("Invalid", message, { retryable: false });
    world.target.objects.clear();
    world.target.before = ({ method }) => {
      if (method !== "GET") throw invalid();
    };
    await world.deliver(process, RULE.id, SETTINGS);
    message = "metadata.labels: Invalid value";
    await world.deliver(process, RULE.id, SETTINGS);
    expect(world.records.statusOf("settings")?.message).toContain(message);
    expect(sent).toHaveLength(1);
  });

  it("is sent when the message comes again if the queue of alerts was away", async () => {
    const world = createConflict();
    const sent: string[] = [];
    const failing = startAlerting(world, sent, () => {
      throw AWAY;
    });
    await expect(world.deliver(failing, RULE.id, SETTINGS)).rejects.toThrow(AWAY);
    await world.deliver(startAlerting(world, sent), RULE.id, SETTINGS);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ["before the record is made", "obtain"],
    ["before the record is saved", "saveStatus"],
    ["before it is sent", "alert"],
    ["after it was sent, before the record says so", "noted"],
  ] as const)("is sent if the process is killed %s", async (_when, moment) => {
    const world = createConflict();
    const sent: string[] = [];
    const killed = new Error("killed");
    const { store } = world.records;
    const { obtain, saveStatus } = store;
    const die = (): never => {
      throw killed;
    };
    if (moment === "obtain") store.obtain = die;
    if (moment === "saveStatus") store.saveStatus = die;
    const dying = startAlerting(world, sent, () => {
      if (moment === "alert") die();
      if (moment === "noted") store.saveStatus = die;
    });
    await expect(world.deliver(dying, RULE.id, SETTINGS)).rejects.toThrow(killed);
    Object.assign(store, { obtain, saveStatus });
    await world.deliver(startAlerting(world, sent), RULE.id, SETTINGS);
    expect(new Set(sent).size).toBe(1);
    expect(world.records.statusOf("settings")?.steps).toMatchObject([{ state: "done" }]);
  });

  it("that can never be sent is noted in the record, and is not tried again", async () => {
    const world = createConflict();
    let attempts = 0;
    const refused = new KubemendError("MessageRefused", "too large", { retryable: false });
    const process = startAlerting(world, [], () => {
      attempts += 1;
      throw refused;
    });
    await expect(world.deliver(process, RULE.id, SETTINGS)).rejects.toThrow(refused);
    await world.deliver(process, RULE.id, SETTINGS);
    expect(attempts).toBe(1);
    expect(world.records.statusOf("settings")?.steps).toMatchObject([
      { state: "failed", code: "MessageRefused" },
    ]);
  });
});

describe("the alerts about a place whose owner changes the cause with each look", () => {
  const ANOTHER = {
    "kubemend.dev/source-cluster": "another",
    "kubemend.dev/source-uid": "q",
    "kubemend.dev/source-object": "a/b",
  };

  async function look(world: TransferCase, sent: string[], count: number) {
    const process = startAlerting(world, sent);
    for (let number = 0; number < count; number += 1) {
      const annotations = number % 2 === 0 ? {} : ANOTHER;
      const theirs = toConfigMap("settings", { metadata: { uid: "theirs", annotations } });
      world.target.put(toPath("settings"), theirs);
      await world.deliver(process, RULE.id, SETTINGS);
    }
  }

  it("are one for each cause, and the record names the present one", async () => {
    const world = createConflict();
    const sent: string[] = [];
    await look(world, sent, 9);
    expect(sent).toHaveLength(2);
    expect(world.records.list()).toEqual(["settings Failed MirrorConflict"]);
    await look(world, sent, 2);
    expect(world.records.list()).toEqual(["settings Failed MirroredFromElsewhere"]);
  });

  it("are sent again for a cause if the copy was in order in between", async () => {
    const world = createConflict();
    const sent: string[] = [];
    await look(world, sent, 1);
    world.target.objects.delete(toPath("settings"));
    await world.deliver(startAlerting(world, sent), RULE.id, SETTINGS);
    await look(world, sent, 1);
    expect(sent).toHaveLength(2);
  });
});

describe("the record of a failure", () => {
  /** A copy in the target that names another object's uid as that of its source. */
  const forged = (uid: string) =>
    toConfigMap("zzz", {
      metadata: {
        uid: "forged",
        labels: { "kubemend.dev/mirrored-by": RULE.id },
        annotations: {
          "kubemend.dev/source-cluster": "uid-of-cluster-a",
          "kubemend.dev/source-uid": uid,
          "kubemend.dev/source-object": "shop/zzz",
        },
      },
    });

  it("is ended when its own object has its copy", async () => {
    const world = createConflict();
    const process = world.start([RULE]);
    await world.deliver(process, RULE.id, SETTINGS);
    world.target.objects.delete(toPath("settings"));
    await world.deliver(process, RULE.id, SETTINGS);
    expect(world.records.list()).toEqual(["settings Succeeded Mirrored"]);
    expect(world.records.statusOf("settings")?.message).toBe("the copy is in order again");
  });

  it("is not ended by a copy that names its object's uid", async () => {
    const world = createConflict();
    const process = world.start([RULE]);
    await world.deliver(process, RULE.id, SETTINGS);
    world.target.put(toPath("zzz"), forged(SETTINGS.uid));
    await world.deliver(process, RULE.id, { name: "zzz", uid: SETTINGS.uid }, true);
    expect(world.target.objects.has(toPath("zzz"))).toBe(false);
    expect(world.records.list()).toEqual(["settings Failed MirrorConflict"]);
  });

  it("is that of the live object, whatever uid a message names", async () => {
    const world = createConflict();
    const process = world.start([RULE]);
    world.source.put(toPath("zzz"), toConfigMap("zzz"));
    world.target.put(toPath("zzz"), toConfigMap("zzz", { metadata: { uid: "theirs" } }));
    await world.deliver(process, RULE.id, { name: "zzz", uid: SETTINGS.uid }, true);
    await world.deliver(process, RULE.id, SETTINGS);
    const records = [...world.records.records.values()];
    expect(records.map(({ spec }) => spec.trigger.uid)).toEqual(["uid-zzz", SETTINGS.uid]);
  });

  it("names the type that the cluster serves, whatever version and kind a message names", async () => {
    const world = createConflict();
    const process = world.start([RULE]);
    const forgedType = { ...CONFIG_MAPS, version: "v9", kind: "Config\u001b[31m\nMap" };
    const object = { ...forgedType, namespace: "shop", resourceVersion: "1", ...SETTINGS };
    const message = toTransferMessage(
      { clusterUid: SOURCE_CLUSTER.uid },
      RULE.id,
      object,
      "modified",
    );
    await deliver(process, message);
    await world.deliver(process, RULE.id, SETTINGS);
    const records = [...world.records.records.values()];
    expect(records.map(({ spec }) => spec.trigger)).toMatchObject([
      { version: "v1", kind: "ConfigMap", uid: SETTINGS.uid },
    ]);
  });

  it("of an object that is gone is about its place, whatever uid a message names", async () => {
    const world = createConflict();
    const refuse = (path: string) => {
      if (path === toPath("zzz"))
        throw new KubemendError("Forbidden", "may not delete", { retryable: false });
    };
    world.target.before = ({ method, path }) => {
      if (method === "DELETE") refuse(path);
    };
    const process = world.start([RULE]);
    world.target.put(toPath("zzz"), forged(SETTINGS.uid));
    await world.deliver(process, RULE.id, { name: "zzz", uid: SETTINGS.uid }, true);
    await world.deliver(process, RULE.id, SETTINGS);
    expect(world.records.list()).toEqual([
      "zzz Failed Forbidden",
      "settings Failed MirrorConflict",
    ]);
  });

  it("of an object that was deleted and created again is ended with that of the new one", async () => {
    const world = createConflict();
    const process = world.start([RULE]);
    await world.deliver(process, RULE.id, SETTINGS);
    world.source.put(toPath("settings"), toConfigMap("settings", { metadata: { uid: "second" } }));
    await world.deliver(process, RULE.id, SETTINGS);
    expect(world.records.records.size).toBe(2);
    world.target.objects.delete(toPath("settings"));
    await world.deliver(process, RULE.id, SETTINGS);
    expect(world.records.list()).toEqual([
      "settings Succeeded Mirrored",
      "settings Succeeded Mirrored",
    ]);
  });

  it("of an object that is gone while another keeps its place does not say that its copy is in order", async () => {
    const world = createConflict();
    const process = world.start([RULE]);
    await world.deliver(process, RULE.id, SETTINGS);
    world.source.objects.delete(toPath("settings"));
    await world.deliver(process, RULE.id, SETTINGS);
    expect(world.records.statusOf("settings")?.message).toContain(
      "the object has no copy any more",
    );
  });

  it("of an object whose copy is not known any more stays open until that is away, and comparisons find it", async () => {
    const world = createTransferCase();
    const process = world.start([RULE]);
    world.source.put(toPath("settings"), toConfigMap("settings"));
    await world.deliver(process, RULE.id, SETTINGS);
    const labels = { "kubemend.dev/mirrored-by": RULE.id };
    world.target.put(toPath("settings"), toConfigMap("settings", { metadata: { labels } }));
    world.source.objects.delete(toPath("settings"));
    await world.deliver(process, RULE.id, SETTINGS);
    expect(world.records.list()).toEqual(["settings Failed CopyUnrecognized"]);
    const failing = await world.findFailing({ rule: RULE.id, target: TARGET });
    expect(failing).toMatchObject([{ place: { namespace: "shop", name: "settings" } }]);
    expect(await world.findFailing({ rule: RULE.id, target: "another" })).toEqual([]);
    world.target.objects.delete(toPath("settings"));
    await world.deliver(process, RULE.id, SETTINGS, true);
    expect(world.records.statusOf("settings")?.phase).toBe("Succeeded");
    expect(await world.findFailing({ rule: RULE.id, target: TARGET })).toEqual([]);
  });
});
