/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toQueueArn } from "../../../../sandbox/queues/queue-settings.ts";
import type { FlowWorld } from "../../../support/mirror/flow-world.ts";
import { find, TARGET } from "../../../support/mirror/mirror-world.ts";
import { PATIENT, startFlow, type FlowScene } from "./flow-scene.ts";

const RULE = "mirror-maps";
const RULES = [
  {
    id: RULE,
    on: { resource: "configmaps", namespaces: ["shop"], labelSelector: "mirror=yes" },
    then: [{ mirror: { to: [TARGET] } }],
  },
  {
    id: "alert-news",
    on: { resource: "configmaps", namespaces: ["news"] },
    once: "change",
    then: [{ alert: { to: "ops", summary: "'news: ' + object.metadata.name", group: "off" } }],
  },
];
const MAPS = "/api/v1/namespaces/shop/configmaps";
const MINUTE_MS = 60_000;

const stack = new AsyncDisposableStack();
let world: FlowWorld;
let scene: FlowScene;

beforeAll(async () => {
  ({ world, scene } = await startFlow(stack, RULES));
});

afterAll(async () => {
  await stack.disposeAsync();
});

/** Waits for a state of the mirror. */
async function untilMirror(wanted: object): Promise<void> {
  await expect.poll(() => world.readMirror(RULE), PATIENT).toMatchObject(wanted);
}

async function untilMessages(queue: string, count: number): Promise<void> {
  await expect.poll(() => world.countMessages(queue), PATIENT).toBe(count);
}

/** Sets the number of receives after which a message moves to the dead-letter queue. */
async function limitReceives(maxReceiveCount: number): Promise<void> {
  const deadLetterTargetArn = toQueueArn("transfers-dead-letter.fifo");
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
  const QueueUrl = world.queues["transfers"];
  await world.queueClient.send(
    new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }),
  );
}

describe("a target whose API server was killed", () => {
  it("is Behind after five minutes, holds up nothing, and is made equal when it is back", async () => {
    await scene.createMap("kept", { a: "1" });
    await scene.createMap("gone", { a: "1" });
    await expect.poll(scene.copyAt(`${MAPS}/kept`), PATIENT).toMatchObject({ data: { a: "1" } });
    await expect.poll(scene.copyAt(`${MAPS}/gone`), PATIENT).toMatchObject({ data: { a: "1" } });
    await untilMirror({ state: "InSync" });
    // The comparison of a new rule asks for objects, too.
    await untilMessages("transfers", 0);
    await world.killTarget();
    await scene.patch(`${MAPS}/kept`, { data: { a: "2" } });
    await untilMirror({ state: "InSync", unreachableSince: expect.any(String) });
    await untilMessages("transfers", 1);
    await world.letPass(RULE, 6 * MINUTE_MS);
    await untilMirror({ state: "Behind", reason: expect.any(String) });
    await untilMessages("transfers", 0);

    await scene.remove(`${MAPS}/gone`);
    await scene.createMap("new", { a: "1" });
    const sentAbout = (name: string) => () =>
      world.tap.sentTo(world.queues["transfers"] ?? "").some((body) => body.includes(`"${name}"`));
    await expect.poll(sentAbout("new")).toBe(true);
    await untilMessages("transfers", 0);
    await scene.create("/api/v1/namespaces/news/configmaps", "today", {});
    const alerts = (): string => world.tap.sentTo(world.queues["alerts"] ?? "").join("\n");
    await expect.poll(alerts).toContain("news: today");

    await world.reviveTarget();
    await expect.poll(scene.copyAt(`${MAPS}/kept`), PATIENT).toMatchObject({ data: { a: "2" } });
    await expect.poll(scene.copyAt(`${MAPS}/gone`), PATIENT).toBeUndefined();
    await expect.poll(scene.copyAt(`${MAPS}/new`), PATIENT).toMatchObject({ data: { a: "1" } });
    await untilMirror({ state: "InSync", lastComparison: { missing: 1, stale: 1, orphans: 1 } });
    expect(await world.countMessages("transfersDeadLetter")).toBe(0);
  });

  it("gets a state whose message was dead-lettered from the next comparison", async () => {
    await scene.createMap("lost", { a: "1" });
    await expect.poll(scene.copyAt(`${MAPS}/lost`), PATIENT).toMatchObject({ data: { a: "1" } });
    await limitReceives(1);
    await world.killTarget();
    await scene.patch(`${MAPS}/lost`, { data: { a: "2" } });
    await untilMessages("transfersDeadLetter", 1);
    await limitReceives(60);
    await world.reviveTarget();
    await untilMessages("transfers", 0);
    expect(await find(world.target, `${MAPS}/lost`)).toMatchObject({ data: { a: "1" } });
    expect(await world.readMirror(RULE)).toMatchObject({ state: "InSync" });
    await world.letPass(RULE, 61 * MINUTE_MS);
    await expect.poll(scene.copyAt(`${MAPS}/lost`), PATIENT).toMatchObject({ data: { a: "2" } });
    await untilMirror({ state: "InSync", lastComparison: { stale: 1, missing: 0 } });
    expect(await world.countMessages("transfersDeadLetter")).toBe(1);
  });
});
