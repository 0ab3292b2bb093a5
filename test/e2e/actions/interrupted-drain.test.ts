import { afterAll, beforeAll, expect, it } from "vitest";
import {
  startDrainScene,
  toDrainPipeline,
  type DrainScene,
} from "../../support/actions/drain-scene.ts";
import { toRequestFor } from "../../support/functions/many-targets.ts";
import { createNode } from "../../support/functions/nodes.ts";
import { AFTER_HOLD_MS } from "../../support/functions/test-run.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import { freezeAt, killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
import { getRecord, type RemediationWorld } from "../../support/functions/remediation-world.ts";

const stack = new AsyncDisposableStack();
let world: RemediationWorld;
let drains: DrainScene;

beforeAll(async () => {
  ({ world, drains } = await startDrainScene(stack));
});

afterAll(async () => {
  await stack.disposeAsync();
});

it("killed before or after any of its requests, a drain is finished, and cordons and evicts once", async () => {
  const pipeline = toDrainPipeline();
  const client = await drains.connect(pipeline);
  let kills = 0;
  for (const moment of ["before", "after"] as const) {
    for (let at = 1; ; at += 1) {
      const node = `k-${moment}-${at}`;
      const request = toRequestFor(world, "nodes", await createNode(world, node), { pipeline });
      await drains.createPod(node, `${node}-a`);
      await drains.createPod(node, `${node}-b`);
      const scene = createScene(world, pipeline);
      const killed = watchClient(client, killAt(at, moment));
      const first = await scene.deliver(request, killed);
      if (first.outcome === "done") break;
      kills += 1;
      scene.pass(AFTER_HOLD_MS);
      const resumed = watchClient(client);
      await scene.deliver(request, resumed);
      await drains.finish(scene, resumed, request.data.record);
      const record = await getRecord(world, request.data.record);
      expect([at, record?.status?.phase, await drains.listPods(node)]).toEqual([
        at,
        "Succeeded",
        [],
      ]);
      expect([at, record?.status?.message]).toEqual([
        at,
        expect.stringContaining("evicted 2 Pods"),
      ]);
      const sent = [
        ...killed.requests.slice(0, moment === "after" ? at : at - 1),
        ...resumed.requests,
      ];
      expect([at, sent.filter((line) => line.startsWith("PATCH ")).length]).toEqual([at, 1]);
    }
  }
  expect(kills).toBeGreaterThan(20);
});

it("frozen before any of its requests, a drain touches nothing that came after another executor has finished", async () => {
  const pipeline = toDrainPipeline();
  const client = await drains.connect(pipeline);
  for (let at = 1; ; at += 1) {
    const node = `f-${at}`;
    const request = toRequestFor(world, "nodes", await createNode(world, node), { pipeline });
    await drains.createPod(node, `${node}-a`);
    await drains.createPod(node, `${node}-b`);
    const scene = createScene(world, pipeline);
    const frozen = freezeAt(client, at);
    const first = scene.deliver(request, frozen);
    if (!(await frozen.isReached(first))) break;
    scene.pass(AFTER_HOLD_MS);
    await scene.deliver(request, client);
    await drains.finish(scene, client, request.data.record);
    expect([at, await drains.listPods(node)]).toEqual([at, []]);
    // Pods of the same names that came since.
    await drains.createPod(node, `${node}-a`);
    await drains.createPod(node, `${node}-b`);
    frozen.wake();
    await first;
    expect([at, await drains.listPods(node)]).toEqual([at, [`${node}-a`, `${node}-b`]]);
    const record = await getRecord(world, request.data.record);
    expect([at, record?.status?.message]).toEqual([at, expect.stringContaining("evicted 2 Pods")]);
  }
});
