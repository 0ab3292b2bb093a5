/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordStatus } from "../../../events/remediation.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { connectForPipeline } from "../../support/functions/granted-client.ts";
import {
  createNamespace,
  createObject,
  listAll,
  toRequestFor,
} from "../../support/functions/many-targets.ts";
import { AFTER_HOLD_MS } from "../../support/functions/test-run.ts";
import { createScene } from "../../support/functions/remediation-scene.ts";
import { killAt, watchClient } from "../../support/kubernetes/failing-client.ts";
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

beforeAll(async () => {
  world = await startRemediationWorld();
  await createNamespace(world, NAMESPACE);
});

afterAll(async () => {
  await world?.stop();
});

const statusOf = async ({ data }: RemediationRequest): Promise<RecordStatus | undefined> =>
  (await getRecord(world, data.record))?.status;
const stepsOf = async (request: RemediationRequest): Promise<readonly string[]> =>
  ((await statusOf(request))?.steps ?? []).map(({ name, state }) => `${name} ${state}`);

describe("a CronJob that is suspended and resumed", () => {
  const pipeline = toPipeline({
    on: { resource: "cronjobs.batch" },
    where: "true",
    once: "object",
    then: [{ suspend: {} }],
    verify: { where: "object.spec.suspend == false", within: "5s" },
    onFailure: [{ resume: {} }],
  });
  let client: KubernetesClient;

  beforeAll(async () => {
    client = await connectForPipeline(world, "on-failure", pipeline);
  });

  afterAll(async () => client?.close());

  async function begin(name: string, of = pipeline) {
    const containers = [{ name: "main", image: "web:1" }];
    const spec = {
      schedule: "0 3 1 1 *",
      jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers } } } },
    };
    const made = await createObject(world, "cronjobs.batch", NAMESPACE, {
      metadata: { name },
      spec,
    });
    const request = toRequestFor(world, "cronjobs.batch", made, { pipeline: of });
    const scene = createScene(world, of);
    const watched = watchClient(client);
    await scene.deliver(request, watched);
    expect(await statusOf(request)).toMatchObject({ phase: "Waiting", reason: "Verifying" });
    expect(await isSuspended(name)).toBe(true);
    scene.pass(6_000);
    return { request, scene, requests: watched.requests };
  }

  async function isSuspended(name: string): Promise<unknown> {
    const path = `/apis/batch/v1/namespaces/${NAMESPACE}/cronjobs/${name}`;
    const found = await world.admin.request<JobObject>({ method: "GET", path });
    return found.spec["suspend"];
  }

  it("is as it was before if then has failed: onFailure sees what then has done", async () => {
    const { request, scene } = await begin("undone");
    await scene.wake(client);
    expect(await isSuspended("undone")).toBe(false);
    expect(await stepsOf(request)).toEqual([
      "suspend done",
      "verify failed",
      "resume-stage-1 done",
      "verify-stage-1 started",
    ]);
    await scene.wake(client);
    expect(await statusOf(request)).toMatchObject({
      phase: "Succeeded",
      message: expect.stringMatching(/spec.suspend true -> false, after verify failed: /),
    });
  });

  it.each(["before", "after"] as const)(
    "is resumed once if the function is killed %s any request of the stage",
    async (moment) => {
      let kills = 0;
      for (let at = 1; ; at += 1) {
        const name = `killed-${moment}-${at}`;
        const { request, scene, requests } = await begin(name);
        const killed = watchClient(client, killAt(at, moment));
        const first = await scene.wake(killed);
        const resumed = watchClient(client);
        if (first.outcome !== "done") scene.pass(AFTER_HOLD_MS);
        while ((await statusOf(request))?.phase !== "Succeeded") {
          expect([at, resumed.requests.length < 60]).toEqual([at, true]);
          await scene.wake(resumed);
        }
        expect([at, await isSuspended(name)]).toEqual([at, false]);
        const sent = killed.requests.slice(0, moment === "after" ? at : at - 1);
        const patches = [...requests, ...sent, ...resumed.requests].filter((line) =>
          line.startsWith("PATCH "),
        );
        expect([at, patches.length]).toEqual([at, 2]);
        if (first.outcome === "done") break;
        kills += 1;
      }
      expect(kills).toBeGreaterThanOrEqual(6);
    },
  );

  it("is resumed by the rule as it was, if the pipeline is changed meanwhile", async () => {
    const { request } = await begin("changed");
    const changed = createScene(
      world,
      toPipeline({
        on: { resource: "cronjobs.batch" },
        where: "true",
        once: "object",
        then: [{ suspend: {} }],
      }),
    );
    changed.pass(6_000);
    await changed.deliver(request, client);
    expect(await isSuspended("changed")).toBe(false);
  });

  it("is left to a person who has resumed it before", async () => {
    const { request, scene } = await begin("by-hand");
    await world.admin.request({
      method: "PATCH",
      path: `/apis/batch/v1/namespaces/${NAMESPACE}/cronjobs/by-hand`,
      contentType: "application/merge-patch+json",
      body: { spec: { suspend: null }, metadata: { annotations: { by: "hand" } } },
    });
    const watched = watchClient(client);
    await scene.wake(watched);
    expect(watched.requests.filter((line) => line.startsWith("PATCH"))).toEqual([]);
    expect(await statusOf(request)).toMatchObject({ phase: "Succeeded" });
  });
});

describe("a Node whose drain fails", () => {
  const drain = [{ cordon: {} }, { drain: { within: "5s", gracePeriodSeconds: 0 } }];
  const rule = { on: { resource: "nodes" }, where: "true", once: "object", reach: "cluster" };

  async function createNode(name: string): Promise<JobObject> {
    const labels = { "kubernetes.io/hostname": name };
    return createObject(world, "nodes", "", { metadata: { name, labels } });
  }

  async function isCordoned(name: string): Promise<boolean> {
    const [found] = await listAll(world, "nodes", "", `kubernetes.io/hostname=${name}`);
    return found?.spec["unschedulable"] === true;
  }

  /** Its only Pod may not be evicted. */
  async function createStuckPod(node: string): Promise<JobObject> {
    const name = `${node}-web`;
    const labels = { budget: node };
    const owner = {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "web",
      uid: "u",
      controller: true,
    };
    const pod = await createObject(world, "pods", NAMESPACE, {
      metadata: { name, labels, ownerReferences: [owner] },
      spec: { nodeName: node, containers: [{ name: "main", image: "web:1" }] },
    });
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}/status`;
    const contentType = "application/merge-patch+json";
    const body = { status: { phase: "Running" } };
    await world.admin.request({ method: "PATCH", path, body, contentType });
    const spec = { minAvailable: 1, selector: { matchLabels: labels } };
    const metadata = { name: node };
    await createObject(world, "poddisruptionbudgets.policy", NAMESPACE, { metadata, spec });
    return pod;
  }

  async function drainStuck(name: string, onFailure: readonly Json[]) {
    const pipeline = toPipeline({ ...rule, then: drain, onFailure });
    const client = await connectForPipeline(world, name, pipeline);
    const request = toRequestFor(world, "nodes", await createNode(name), { pipeline });
    await createStuckPod(name);
    const scene = createScene(world, pipeline);
    await scene.deliver(request, client);
    expect(await statusOf(request)).toMatchObject({ phase: "Waiting" });
    expect(await isCordoned(name)).toBe(true);
    scene.pass(10_000);
    return { request, client, scene };
  }

  it("is uncordoned again, which the record says", async () => {
    const { request, client, scene } = await drainStuck("stuck", [{ uncordon: {} }]);
    await scene.wake(client);
    expect(await isCordoned("stuck")).toBe(false);
    expect(await statusOf(request)).toMatchObject({
      phase: "Succeeded",
      message: expect.stringMatching(/unschedulable true -> \(none\), after drain failed: /),
    });
    await client.close();
  });

  it("stays Failed if somebody has uncordoned it before, and the record says that nothing was to do", async () => {
    const { request, client, scene } = await drainStuck("by-hand", [{ uncordon: {} }]);
    await world.admin.request({
      method: "PATCH",
      path: "/api/v1/nodes/by-hand",
      contentType: "application/merge-patch+json",
      body: { spec: { unschedulable: null } },
    });
    await scene.wake(client);
    expect(await statusOf(request)).toMatchObject({
      phase: "Failed",
      reason: "TargetsFailed",
      message: expect.stringMatching(
        /; uncordon-stage-1 had nothing to do: Node by-hand is so already/,
      ),
    });
    await client.close();
  });

  it("goes on with the next action if one of onFailure is refused on the objects as they are then", async () => {
    const gone = { uncordon: { target: { resource: "nodes", name: "gone" } } };
    const { request, client, scene } = await drainStuck("refused", [gone, { uncordon: {} }]);
    await scene.wake(client);
    expect(await isCordoned("refused")).toBe(false);
    expect(
      (await statusOf(request))?.steps?.map(({ name, state, code }) => [name, state, code]),
    ).toEqual([
      ["cordon", "done", undefined],
      ["cordon-2", "done", undefined],
      ["drain", "failed", "TargetsFailed"],
      ["uncordon-stage-1", "failed", "TargetNotFound"],
      ["uncordon-stage-2", "done", undefined],
    ]);
    await client.close();
  });

  it("is found by what the record knows of a trigger that is gone by then", async () => {
    const target = { relation: "owner", kind: "Node", resource: "nodes" };
    const pipeline = toPipeline({
      ...rule,
      on: { resource: "pods" },
      whereTarget: "true",
      then: [{ cordon: { target } }],
      verify: { where: "!has(object.spec.unschedulable)", within: "5s" },
      onFailure: [{ uncordon: { target } }],
    });
    const client = await connectForPipeline(world, "gone-trigger", pipeline);
    const { metadata } = await createNode("left");
    const owner = { apiVersion: "v1", kind: "Node", name: "left", uid: metadata.uid };
    const pod = await createObject(world, "pods", NAMESPACE, {
      metadata: { name: "short-lived", ownerReferences: [owner] },
      spec: { containers: [{ name: "main", image: "web:1" }] },
    });
    const request = toRequestFor(world, "pods", pod, { pipeline });
    const scene = createScene(world, pipeline);
    await scene.deliver(request, client);
    expect(await isCordoned("left")).toBe(true);
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/short-lived`;
    await world.admin.request({ method: "DELETE", path, query: { gracePeriodSeconds: 0 } });
    scene.pass(6_000);
    await scene.wake(client);
    expect(await isCordoned("left")).toBe(false);
    await client.close();
  });
});
