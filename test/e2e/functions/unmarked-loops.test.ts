/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { Json } from "../../support/functions/remediation-world.ts";
import {
  CONTAINERS,
  DEPLOYMENT,
  startLoopScene,
  toRules,
  type LoopScene,
} from "../../support/actions/loop-scene.ts";

const stack = new AsyncDisposableStack();
let scene: LoopScene;

beforeAll(async () => {
  ({ scene } = await startLoopScene(stack));
});

afterAll(async () => {
  await stack.disposeAsync();
});

/** A scale, an eviction and a deletion leave no annotation on what they cause: the records of the rule keep the chain. */
describe("a loop that leaves no annotations", () => {
  const SECOND_MS = 1_100;
  const evict = toRules({
    id: "evict",
    on: { resource: "pods" },
    once: "object",
    then: [{ evictPod: { gracePeriodSeconds: 0 } }],
  });
  const toOwner = (uid: string): Json => ({
    ownerReferences: [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid, controller: true },
    ],
  });

  async function deliverPod(pipeline: Pipeline, pod: KubernetesObject): Promise<unknown> {
    const [request] = scene.toRequests(pipeline, "pods", pod);
    if (request === undefined) throw new Error("no match");
    return scene.deliver(pipeline, request);
  }

  it("a rule that scales what it watches is stopped at the fourth time", async () => {
    const pipeline = toRules({
      id: "grow",
      on: { resource: "deployments.apps" },
      once: "generation",
      then: [{ scale: { replicas: { by: 1 } } }],
    });
    await scene.create("deployments.apps", { name: "grows" }, { ...DEPLOYMENT, replicas: 2 });
    expect(await scene.follow(pipeline, "deployments.apps", "grows")).toEqual([
      "grow: Remediated",
      "grow: Remediated",
      "grow: Remediated",
      "grow: LoopDepth",
    ]);
    expect(await scene.read("deployments.apps", "grows")).toMatchObject({ spec: { replicas: 5 } });
  });

  it.each([
    ["evicts", "evictPod", { gracePeriodSeconds: 0 }],
    ["deletes", "deleteObject", { gracePeriodSeconds: 0, controlled: "act" }],
  ])(
    "a rule that %s each Pod that replaces the last one is stopped, too",
    async (what, action, parameters) => {
      const pipeline = toRules({
        id: what,
        on: { resource: "pods" },
        once: "object",
        then: [{ [action]: parameters }],
      });
      const owner = randomUUID();
      const ends: unknown[] = [];
      for (let at = 1; at <= 4; at += 1) {
        const metadata = { name: `${what}-${at}`, ...toOwner(owner) };
        ends.push(
          await deliverPod(
            pipeline,
            await scene.create("pods", metadata, { containers: CONTAINERS }),
          ),
        );
        await setTimeout(SECOND_MS);
      }
      expect(ends).toEqual(["Remediated", "Remediated", "Remediated", "LoopDepth"]);
      const last = await scene.read("pods", `${what}-4`);
      expect(last.metadata["deletionTimestamp"]).toBeUndefined();
    },
  );

  it("Pods of one controller that were there side by side are all evicted", async () => {
    const owner = randomUUID();
    const pods: KubernetesObject[] = [];
    for (let at = 1; at <= 5; at += 1) {
      const metadata = { name: `beside-${at}`, ...toOwner(owner) };
      pods.push(await scene.create("pods", metadata, { containers: CONTAINERS }));
    }
    const ends: unknown[] = [];
    for (const pod of pods) ends.push(await deliverPod(evict, pod));
    expect(new Set(ends)).toEqual(new Set(["Remediated"]));
  });
});
