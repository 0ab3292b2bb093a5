/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { ACTION_REQUESTS } from "../../docs/reference/action-requests.ts";
import { countRights } from "../../support/functions/count-rights.ts";
import { connectForPipeline } from "../../support/functions/granted-client.ts";
import {
  createNamespace,
  createObject,
  listAll,
  toRequestFor,
} from "../../support/functions/many-targets.ts";
import {
  controlledBy,
  createBudget,
  createNode,
  createPodOn,
  isCordoned,
  setPodPhase,
} from "../../support/functions/nodes.ts";
import { AFTER_HOLD_MS } from "../../support/functions/test-run.ts";
import { createScene, type Scene } from "../../support/functions/remediation-scene.ts";
import { freezeAt, killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
import {
  getRecord,
  startRemediationWorld,
  toPipeline,
  type JobObject,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

const NAMESPACE = "shop";

let world: RemediationWorld;
let count = 0;

beforeAll(async () => {
  world = await startRemediationWorld();
  await createNamespace(world, NAMESPACE);
});

afterAll(async () => {
  await world?.stop();
});

function toDrainPipeline(drain: Json = {}, more: Json = {}): Pipeline {
  return toPipeline({
    on: { resource: "nodes" },
    where: "true",
    once: "object",
    reach: "cluster",
    then: [{ drain: { gracePeriodSeconds: 0, ...drain } }],
    ...more,
  });
}

async function connect(pipeline: Pipeline): Promise<KubernetesClient> {
  count += 1;
  return connectForPipeline(world, `drain-${count}`, pipeline);
}

/** A Pod in `shop`. */
const createPod = (node: string, name: string, metadata?: Json, spec?: Json): Promise<JobObject> =>
  createPodOn(world, node, { namespace: NAMESPACE, name, metadata, spec });

async function removeBudget(name: string): Promise<void> {
  const path = `/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets/${name}`;
  await world.admin.request({ method: "DELETE", path });
}

async function listPods(node: string): Promise<readonly string[]> {
  const pods = await listAll(world, "pods", NAMESPACE, `node=${node}`);
  return pods.map(({ metadata }) => metadata.name);
}

/** Delivers each wake-up at its time, until the record has ended. */
async function finish(scene: Scene, client: KubernetesClient, record: string): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    if ((await getRecord(world, record))?.status?.phase !== "Waiting") return;
    await scene.wake(client);
  }
}

it("drains a Node under exactly the rights of the rule; what does not have to go stays", async () => {
  const pipeline = toDrainPipeline({}, { verify: {} });
  const request = toRequestFor(world, "nodes", await createNode(world, "n1"), { pipeline });
  await createPod("n1", "n1-web");
  await createPod("n1", "n1-done", {}, { volumes: [{ name: "v", emptyDir: {} }] });
  await setPodPhase(world, { namespace: NAMESPACE, name: "n1-done" }, "Succeeded");
  await createPod("n1", "n1-agent", controlledBy("DaemonSet"));
  await createPod("n2", "n2-web");
  const client = watchClient(await connect(pipeline));
  const scene = createScene(world, pipeline);
  await scene.deliver(request, client);
  await finish(scene, client, request.data.record);
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "Succeeded",
    message: "changed Node n1: spec.unschedulable (none) -> true, evicted 2 Pods",
  });
  expect([await listPods("n1"), await listPods("n2")]).toEqual([["n1-agent"], ["n2-web"]]);
  expect(await isCordoned(world, "n1")).toBe(true);
  const verbs = client.requests.filter((line) => !/remediations|ruleguards|events/.test(line));
  expect(new Set(verbs.map((line) => line.replaceAll(/n1(?:-\w+)?/g, "x")))).toEqual(
    new Set(
      [
        "GET /api/v1/namespaces/kube-system",
        "GET /api/v1/nodes/x",
        "PATCH /api/v1/nodes/x",
        "GET /api/v1/pods",
        "GET /api/v1/namespaces/shop/pods/x",
        "POST /api/v1/namespaces/shop/pods/x/eviction",
      ].filter((line) => !line.includes("kube-system")),
    ),
  );
});

it("asks no more of the API server than the reference says", async () => {
  const pipeline = toDrainPipeline();
  const request = toRequestFor(world, "nodes", await createNode(world, "n8"), { pipeline });
  await createPod("n8", "n8-a");
  const client = watchClient(await connect(pipeline));
  const scene = createScene(world, pipeline);
  await scene.deliver(request, client);
  await finish(scene, client, request.data.record);
  expect((await getRecord(world, request.data.record))?.status?.phase).toBe("Succeeded");
  expect(countRights(client.requests)).toEqual(ACTION_REQUESTS["drain of a Node with one Pod"]);
});

it("a Pod whose budget does not allow it waits, and the others go on", async () => {
  const pipeline = toDrainPipeline();
  const request = toRequestFor(world, "nodes", await createNode(world, "n3"), { pipeline });
  await createBudget(world, NAMESPACE, "b3");
  await createPod("n3", "n3-a", {
    labels: { node: "n3", budget: "b3" },
    ...controlledBy("ReplicaSet"),
  });
  await setPodPhase(world, { namespace: NAMESPACE, name: "n3-a" }, "Running");
  await createPod("n3", "n3-b");
  await createPod("n3", "n3-c");
  const client = await connect(pipeline);
  const scene = createScene(world, pipeline);
  await scene.deliver(request, client);
  expect(await listPods("n3")).toEqual(["n3-a"]);
  const waiting = await getRecord(world, request.data.record);
  expect(waiting?.status).toMatchObject({
    phase: "Waiting",
    reason: "TargetsWait",
    message: expect.stringMatching(
      /^evicted 2 Pods, 1 has not ended; Pod shop\/n3-a: .*may not be evicted now/,
    ),
    steps: [{ state: "done" }, { targets: { done: 2, page: [{ state: "waiting" }] } }],
  });
  await scene.wake(client);
  expect(await listPods("n3")).toEqual(["n3-a"]);
  await createPod("n3", "n3-late");
  await removeBudget("b3");
  await finish(scene, client, request.data.record);
  expect(await listPods("n3")).toEqual([]);
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "Succeeded",
    message: expect.stringContaining("evicted 4 Pods"),
  });
});

it("a budget that never allows it fails that Pod after its time, and the Node stays cordoned", async () => {
  const pipeline = toDrainPipeline({ within: "10m" });
  const request = toRequestFor(world, "nodes", await createNode(world, "n4"), { pipeline });
  await createBudget(world, NAMESPACE, "b4");
  await createPod("n4", "n4-a", {
    labels: { node: "n4", budget: "b4" },
    ...controlledBy("ReplicaSet"),
  });
  await setPodPhase(world, { namespace: NAMESPACE, name: "n4-a" }, "Running");
  await createPod("n4", "n4-b");
  const client = await connect(pipeline);
  const scene = createScene(world, pipeline);
  await scene.deliver(request, client);
  scene.pass(600_000);
  await scene.wake(client);
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "Failed",
    reason: "TargetsFailed",
    message: expect.stringMatching(
      /^evicted 1 Pod, 1 failed: Pod shop\/n4-a \(DisruptionBudget\): /,
    ),
  });
  expect(await isCordoned(world, "n4")).toBe(true);
});

it("Pods that two budgets select fail by name, and those of other namespaces go on", async () => {
  const pipeline = toDrainPipeline();
  const request = toRequestFor(world, "nodes", await createNode(world, "n5"), { pipeline });
  await createNamespace(world, "aaa");
  for (const name of ["b5", "c5"]) {
    const spec = { minAvailable: 0, selector: { matchLabels: { budget: "n5" } } };
    const budget = { metadata: { name }, spec };
    await createObject(world, "poddisruptionbudgets.policy", "aaa", budget);
  }
  for (let index = 0; index < 8; index += 1) {
    const name = `n5-${index}`;
    const metadata = { name, labels: { budget: "n5" }, ...controlledBy("ReplicaSet") };
    const spec = { nodeName: "n5", containers: [{ name: "main", image: "web:1" }] };
    await createObject(world, "pods", "aaa", { metadata, spec });
    await setPodPhase(world, { namespace: "aaa", name }, "Running");
  }
  for (let index = 0; index < 6; index += 1) await createPod("n5", `n5-s${index}`);
  const client = await connect(pipeline);
  await createScene(world, pipeline).deliver(request, client);
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "Failed",
    reason: "TargetsFailed",
    message: expect.stringMatching(
      /evicted 6 Pods, 8 failed: Pod aaa\/n5-0 \(DisruptionBudget\): .*more than one PodDisruptionBudget/,
    ),
  });
  expect(await listPods("n5")).toEqual([]);
});

it("a controller that binds its Pods to the Node gets them evicted three times, and the drain fails by their names", async () => {
  const pipeline = toDrainPipeline({ within: "30m" });
  const request = toRequestFor(world, "nodes", await createNode(world, "n6"), { pipeline });
  await createPod("n6", "n6-0");
  const client = await connect(pipeline);
  const scene = createScene(world, pipeline);
  await scene.deliver(request, client);
  for (let made = 1; made < 5; made += 1) {
    await createPod("n6", `n6-${made}`);
    await scene.wake(client);
  }
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "Failed",
    reason: "TargetsFailed",
    message: expect.stringMatching(/evicted 3 Pods, .*\(KeepsComing\)/),
  });
});

it.each([
  ["UnmanagedPod", {}, {}, "force: true"],
  [
    "LocalStorage",
    controlledBy("ReplicaSet"),
    { volumes: [{ name: "cache", emptyDir: {} }] },
    "deleteEmptyDirData: true",
  ],
])(
  "%s: nothing is done at all, and the Node is not cordoned",
  async (code, metadata, spec, way) => {
    const node = `n-${code.toLowerCase()}`;
    const pipeline = toDrainPipeline();
    const request = toRequestFor(world, "nodes", await createNode(world, node), { pipeline });
    await createPod(node, `${node}-a`);
    await createPod(node, `${node}-b`, metadata, spec);
    await createScene(world, pipeline).deliver(request, await connect(pipeline));
    const { status } = (await getRecord(world, request.data.record)) ?? {};
    expect(status).toMatchObject({ phase: "Refused", reason: code });
    expect(status?.message).toContain(`Pod shop/${node}-b`);
    expect(status?.message).toContain(way);
    expect([await listPods(node), await isCordoned(world, node)]).toEqual([
      [`${node}-a`, `${node}-b`],
      false,
    ]);
  },
);

it("killed before or after any of its requests, a drain is finished, and cordons and evicts once", async () => {
  const pipeline = toDrainPipeline();
  const client = await connect(pipeline);
  let kills = 0;
  for (const moment of ["before", "after"] as const) {
    for (let at = 1; ; at += 1) {
      const node = `k-${moment}-${at}`;
      const request = toRequestFor(world, "nodes", await createNode(world, node), { pipeline });
      await createPod(node, `${node}-a`);
      await createPod(node, `${node}-b`);
      const scene = createScene(world, pipeline);
      const killed = watchClient(client, killAt(at, moment));
      const first = await scene.deliver(request, killed);
      if (first.outcome === "done") break;
      kills += 1;
      scene.pass(AFTER_HOLD_MS);
      const resumed = watchClient(client);
      await scene.deliver(request, resumed);
      await finish(scene, resumed, request.data.record);
      const record = await getRecord(world, request.data.record);
      expect([at, record?.status?.phase, await listPods(node)]).toEqual([at, "Succeeded", []]);
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

it("a dry run evicts nothing, and says what it would evict", async () => {
  const pipeline = toDrainPipeline({}, { guards: { mode: "dryRun" } });
  const options = { pipeline, mode: "dryRun" } as const;
  const request = toRequestFor(world, "nodes", await createNode(world, "n7"), options);
  await createPod("n7", "n7-a");
  await createScene(world, pipeline).deliver(request, await connect(pipeline));
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "DryRun",
    message: "would change Node n7: spec.unschedulable (none) -> true, evict 1 Pod: shop/n7-a",
  });
  expect([await listPods("n7"), await isCordoned(world, "n7")]).toEqual([["n7-a"], false]);
});

it("frozen before any of its requests, a drain touches nothing that came after another executor has finished", async () => {
  const pipeline = toDrainPipeline();
  const client = await connect(pipeline);
  for (let at = 1; ; at += 1) {
    const node = `f-${at}`;
    const request = toRequestFor(world, "nodes", await createNode(world, node), { pipeline });
    await createPod(node, `${node}-a`);
    await createPod(node, `${node}-b`);
    const scene = createScene(world, pipeline);
    const frozen = freezeAt(client, at);
    const first = scene.deliver(request, frozen);
    if (!(await frozen.isReached(first))) break;
    scene.pass(AFTER_HOLD_MS);
    await scene.deliver(request, client);
    await finish(scene, client, request.data.record);
    expect([at, await listPods(node)]).toEqual([at, []]);
    // Pods of the same names that came since.
    await createPod(node, `${node}-a`);
    await createPod(node, `${node}-b`);
    frozen.wake();
    await first;
    expect([at, await listPods(node)]).toEqual([at, [`${node}-a`, `${node}-b`]]);
    const record = await getRecord(world, request.data.record);
    expect([at, record?.status?.message]).toEqual([at, expect.stringContaining("evicted 2 Pods")]);
  }
});
