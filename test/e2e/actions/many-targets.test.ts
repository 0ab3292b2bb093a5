/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { connectForPipeline } from "../../support/functions/granted-client.ts";
import { createObject, listAll, toRequestFor } from "../../support/functions/many-targets.ts";
import { AFTER_HOLD_MS } from "../../support/functions/test-run.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import { freezeAt, killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
import {
  getRecord,
  startRemediationWorld,
  toPipeline,
  type JobObject,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

const NAMESPACE = "crowd";

let world: RemediationWorld;
let clients = 0;

beforeAll(async () => {
  world = await startRemediationWorld();
  await createObject(world, "namespaces", "", { metadata: { name: NAMESPACE } });
});

afterAll(async () => {
  await world?.stop();
});

/** A rule that does something to many objects when a ConfigMap asks for it. */
function toManyPipeline(then: Json, more: Json = {}, ...others: readonly Json[]): Pipeline {
  return toPipeline({
    on: { resource: "configmaps" },
    where: "true",
    once: "object",
    then: [then, ...others],
    ...more,
  });
}

async function connect(pipeline: Pipeline): Promise<KubernetesClient> {
  clients += 1;
  return connectForPipeline(world, `many-${clients}`, pipeline);
}

async function createCrowd(label: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const metadata = {
      name: `${label}-${String(index).padStart(3, "0")}`,
      labels: { crowd: label },
    };
    await createObject(world, "configmaps", NAMESPACE, { metadata });
  }
}

async function createTrigger(name: string): Promise<JobObject> {
  return createObject(world, "configmaps", NAMESPACE, { metadata: { name } });
}

const select = (label: string): Json => ({
  resource: "configmaps",
  labelSelector: `crowd=${label}`,
});

it("250 targets are deleted in three pages, under exactly the rights of the rule, and counted", async () => {
  const pipeline = toManyPipeline({
    deleteObject: { targets: { select: select("a"), atMost: 250 } },
  });
  await createCrowd("a", 250);
  const request = toRequestFor(world, "configmaps", await createTrigger("a"), { pipeline });
  const client = watchClient(await connect(pipeline));
  expect(await createScene(world, pipeline).deliver(request, client)).toEqual({ outcome: "done" });
  expect(await listAll(world, "configmaps", NAMESPACE, "crowd=a")).toEqual([]);
  const record = await getRecord(world, request.data.record);
  expect(record?.status).toMatchObject({
    phase: "Succeeded",
    message: "deleted 250 ConfigMaps",
    steps: [{ state: "done", targets: { done: 250, unchanged: 0, failed: 0, page: [] } }],
  });
  const writes = client.requests.filter((line) => !line.startsWith("GET "));
  const pages = writes.map((line) => (line.startsWith("DELETE ") ? "delete" : "save")).join(" ");
  expect(pages).toMatch(/save (delete ){100}save (delete ){100}save (delete ){50}save/);
});

it("killed at any time, 250 targets are changed once each, and counted exactly", async () => {
  const pipeline = toManyPipeline({
    label: { targets: { select: select("b"), atMost: 300 }, set: { seen: "yes" } },
  });
  await createCrowd("b", 250);
  const request = toRequestFor(world, "configmaps", await createTrigger("b"), { pipeline });
  const client = await connect(pipeline);
  const scene = createScene(world, pipeline);
  const sent: string[] = [];
  for (const [index, at] of [9, 120, 260, 3, 150, 301, 330].entries()) {
    const moment = index % 2 === 0 ? "before" : "after";
    const killed = watchClient(client, killAt(at, moment));
    await scene.deliver(request, killed);
    sent.push(...killed.requests.slice(0, moment === "after" ? at : at - 1));
    scene.pass(AFTER_HOLD_MS);
  }
  const last = watchClient(client);
  expect(await scene.deliver(request, last)).toEqual({ outcome: "done" });
  const patches = [...sent, ...last.requests].filter((line) => line.startsWith("PATCH "));
  expect([patches.length, new Set(patches).size]).toEqual([250, 250]);
  const record = await getRecord(world, request.data.record);
  expect(record?.status).toMatchObject({
    phase: "Succeeded",
    message: "changed 250 ConfigMaps",
    steps: [{ targets: { done: 250, unchanged: 0, failed: 0, page: [] } }],
  });
  expect(await listAll(world, "configmaps", NAMESPACE, "crowd=b,seen=yes")).toHaveLength(250);
});

it("a fan-out that was frozen before any of its requests writes nothing when it wakes up", async () => {
  const pipeline = toManyPipeline({
    label: { targets: { select: select("c"), atMost: 3 }, set: { seen: "yes" } },
  });
  const client = await connect(pipeline);
  for (let at = 1; ; at += 1) {
    // New ones each time: a rule changes one object three times within an hour at most.
    for (const { metadata } of await listAll(world, "configmaps", NAMESPACE, "crowd=c")) {
      const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/${metadata.name}`;
      await world.admin.request({ method: "DELETE", path });
    }
    await createCrowd("c", 3);
    const request = toRequestFor(world, "configmaps", await createTrigger(`c-${at}`), { pipeline });
    const scene = createScene(world, pipeline);
    const frozen = freezeAt(client, at);
    const first = scene.deliver(request, frozen);
    if (!(await frozen.isReached(first))) break;
    scene.pass(AFTER_HOLD_MS);
    await scene.deliver(request, client);
    const ended = await listAll(world, "configmaps", NAMESPACE, "crowd=c,seen=yes");
    expect([at, ended.length]).toEqual([at, 3]);
    frozen.wake();
    await first;
    expect(await listAll(world, "configmaps", NAMESPACE, "crowd=c,seen=yes")).toEqual(ended);
    const record = await getRecord(world, request.data.record);
    expect([at, record?.status?.message]).toEqual([at, "changed 3 ConfigMaps"]);
  }
});

it("nothing is done if there are more targets than the rule allows", async () => {
  const pipeline = toManyPipeline({
    deleteObject: { targets: { select: select("d"), atMost: 4 } },
  });
  await createCrowd("d", 5);
  const request = toRequestFor(world, "configmaps", await createTrigger("d"), { pipeline });
  await createScene(world, pipeline).deliver(request, await connect(pipeline));
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "Refused",
    reason: "TooManyTargets",
    message: expect.stringContaining("there are 5 ConfigMaps, and atMost is 4"),
  });
  expect(await listAll(world, "configmaps", NAMESPACE, "crowd=d")).toHaveLength(5);
});

it("one target that fails does not stop the others, and is named", async () => {
  const pipeline = toManyPipeline({
    deleteObject: { targets: { select: { ...select("e"), where: "true" }, atMost: 4 } },
  });
  await createCrowd("e", 2);
  const metadata = { name: "e-000a", labels: { crowd: "e" }, finalizers: ["example.com/keep"] };
  await createObject(world, "configmaps", NAMESPACE, { metadata });
  const request = toRequestFor(world, "configmaps", await createTrigger("e"), { pipeline });
  await createScene(world, pipeline).deliver(request, await connect(pipeline));
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "Failed",
    reason: "TargetsFailed",
    message: expect.stringMatching(
      /^deleted 2 ConfigMaps, 1 failed: ConfigMap crowd\/e-000a \(HasFinalizers\): /,
    ),
  });
  const left = await listAll(world, "configmaps", NAMESPACE, "crowd=e");
  expect(left.map(({ metadata: { name } }) => name)).toEqual(["e-000a"]);
});

it("a dry run says how many there are and which, and changes nothing", async () => {
  const pipeline = toManyPipeline(
    { deleteObject: { targets: { select: select("f"), atMost: 20 } } },
    { guards: { mode: "dryRun" } },
  );
  await createCrowd("f", 12);
  const options = { pipeline, mode: "dryRun" } as const;
  const request = toRequestFor(world, "configmaps", await createTrigger("f"), options);
  await createScene(world, pipeline).deliver(request, await connect(pipeline));
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "DryRun",
    message: expect.stringMatching(/^would delete 12 ConfigMaps: crowd\/f-000, .*, and 2 more$/),
  });
  expect(await listAll(world, "configmaps", NAMESPACE, "crowd=f")).toHaveLength(12);
});

it("the question for an approval names the targets, and those that the API server would refuse", async () => {
  const pipeline = toManyPipeline(
    { deleteObject: { targets: { select: select("g"), atMost: 20 }, finalizers: "refuse" } },
    { guards: { mode: "approval" } },
    { alert: { to: "team", summary: "'clean up?'" } },
  );
  await createCrowd("g", 2);
  const metadata = { name: "g-stays", labels: { crowd: "g" }, finalizers: ["example.com/keep"] };
  await createObject(world, "configmaps", NAMESPACE, { metadata });
  const options = { pipeline, mode: "approval" } as const;
  const request = toRequestFor(world, "configmaps", await createTrigger("g"), options);
  await createScene(world, pipeline).deliver(request, await connect(pipeline));
  expect((await getRecord(world, request.data.record))?.status).toMatchObject({
    phase: "AwaitingApproval",
    preview: [
      expect.stringMatching(
        /^would delete 3 ConfigMaps: crowd\/g-000, crowd\/g-001, crowd\/g-stays .*\(now: 1 failed: ConfigMap crowd\/g-stays \(HasFinalizers\)/,
      ),
      expect.stringContaining("alert team"),
    ],
  });
  expect(await listAll(world, "configmaps", NAMESPACE, "crowd=g")).toHaveLength(3);
});
