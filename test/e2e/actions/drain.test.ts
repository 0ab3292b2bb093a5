import { afterAll, beforeAll, expect, it } from "vitest";
import { ACTION_REQUESTS } from "../../docs/reference/action-requests.ts";
import {
  DRAINED,
  startDrainScene,
  toDrainPipeline,
  type DrainScene,
} from "../../support/actions/drain-scene.ts";
import { countRights } from "../../support/functions/count-rights.ts";
import {
  createNamespace,
  createObject,
  toRequestFor,
} from "../../support/functions/many-targets.ts";
import {
  controlledBy,
  createBudget,
  createNode,
  isCordoned,
  setPodPhase,
} from "../../support/functions/nodes.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import { watchClient } from "../../support/kubernetes/failing-client.ts";
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

it("drains a Node under exactly the rights of the rule; what does not have to go stays", async () => {
  const pipeline = toDrainPipeline({}, { verify: {} });
  const request = toRequestFor(world, "nodes", await createNode(world, "n1"), { pipeline });
  await drains.createPod("n1", "n1-web");
  await drains.createPod("n1", "n1-done", {}, { volumes: [{ name: "v", emptyDir: {} }] });
  await setPodPhase(world, { namespace: DRAINED, name: "n1-done" }, "Succeeded");
  await drains.createPod("n1", "n1-agent", controlledBy("DaemonSet"));
  await drains.createPod("n2", "n2-web");
  const client = watchClient(await drains.connect(pipeline));
  const scene = createScene(world, pipeline);
  await scene.deliver(request, client);
  await drains.finish(scene, client, request.data.record);
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "Succeeded",
    message: "changed Node n1: spec.unschedulable (none) -> true, evicted 2 Pods",
  });
  expect([await drains.listPods("n1"), await drains.listPods("n2")]).toEqual([
    ["n1-agent"],
    ["n2-web"],
  ]);
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
  await drains.createPod("n8", "n8-a");
  const client = watchClient(await drains.connect(pipeline));
  const scene = createScene(world, pipeline);
  await scene.deliver(request, client);
  await drains.finish(scene, client, request.data.record);
  expect((await getRecord(world, request.data.record))?.status?.phase).toBe("Succeeded");
  expect(countRights(client.requests)).toEqual(ACTION_REQUESTS["drain of a Node with one Pod"]);
});

it("a Pod whose budget does not allow it waits, and the others go on", async () => {
  const pipeline = toDrainPipeline();
  const request = toRequestFor(world, "nodes", await createNode(world, "n3"), { pipeline });
  await createBudget(world, DRAINED, "b3");
  await drains.createPod("n3", "n3-a", {
    labels: { node: "n3", budget: "b3" },
    ...controlledBy("ReplicaSet"),
  });
  await setPodPhase(world, { namespace: DRAINED, name: "n3-a" }, "Running");
  await drains.createPod("n3", "n3-b");
  await drains.createPod("n3", "n3-c");
  const client = await drains.connect(pipeline);
  const scene = createScene(world, pipeline);
  await scene.deliver(request, client);
  expect(await drains.listPods("n3")).toEqual(["n3-a"]);
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
  expect(await drains.listPods("n3")).toEqual(["n3-a"]);
  await drains.createPod("n3", "n3-late");
  await drains.removeBudget("b3");
  await drains.finish(scene, client, request.data.record);
  expect(await drains.listPods("n3")).toEqual([]);
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "Succeeded",
    message: expect.stringContaining("evicted 4 Pods"),
  });
});

it("a budget that never allows it fails that Pod after its time, and the Node stays cordoned", async () => {
  const pipeline = toDrainPipeline({ within: "10m" });
  const request = toRequestFor(world, "nodes", await createNode(world, "n4"), { pipeline });
  await createBudget(world, DRAINED, "b4");
  await drains.createPod("n4", "n4-a", {
    labels: { node: "n4", budget: "b4" },
    ...controlledBy("ReplicaSet"),
  });
  await setPodPhase(world, { namespace: DRAINED, name: "n4-a" }, "Running");
  await drains.createPod("n4", "n4-b");
  const client = await drains.connect(pipeline);
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
  for (let index = 0; index < 6; index += 1) await drains.createPod("n5", `n5-s${index}`);
  const client = await drains.connect(pipeline);
  await createScene(world, pipeline).deliver(request, client);
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "Failed",
    reason: "TargetsFailed",
    message: expect.stringMatching(
      /evicted 6 Pods, 8 failed: Pod aaa\/n5-0 \(DisruptionBudget\): .*more than one PodDisruptionBudget/,
    ),
  });
  expect(await drains.listPods("n5")).toEqual([]);
});

it("a controller that binds its Pods to the Node gets them evicted three times, and the drain fails by their names", async () => {
  const pipeline = toDrainPipeline({ within: "30m" });
  const request = toRequestFor(world, "nodes", await createNode(world, "n6"), { pipeline });
  await drains.createPod("n6", "n6-0");
  const client = await drains.connect(pipeline);
  const scene = createScene(world, pipeline);
  await scene.deliver(request, client);
  for (let made = 1; made < 5; made += 1) {
    await drains.createPod("n6", `n6-${made}`);
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
    await drains.createPod(node, `${node}-a`);
    await drains.createPod(node, `${node}-b`, metadata, spec);
    await createScene(world, pipeline).deliver(request, await drains.connect(pipeline));
    const { status } = (await getRecord(world, request.data.record)) ?? {};
    expect(status).toMatchObject({ phase: "Refused", reason: code });
    expect(status?.message).toContain(`Pod shop/${node}-b`);
    expect(status?.message).toContain(way);
    expect([await drains.listPods(node), await isCordoned(world, node)]).toEqual([
      [`${node}-a`, `${node}-b`],
      false,
    ]);
  },
);

it("a dry run evicts nothing, and says what it would evict", async () => {
  const pipeline = toDrainPipeline({}, { guards: { mode: "dryRun" } });
  const options = { pipeline, mode: "dryRun" } as const;
  const request = toRequestFor(world, "nodes", await createNode(world, "n7"), options);
  await drains.createPod("n7", "n7-a");
  await createScene(world, pipeline).deliver(request, await drains.connect(pipeline));
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "DryRun",
    message: "would change Node n7: spec.unschedulable (none) -> true, evict 1 Pod: shop/n7-a",
  });
  expect([await drains.listPods("n7"), await isCordoned(world, "n7")]).toEqual([["n7-a"], false]);
});
