import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RuleGuard } from "../../../events/rule-guard.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import { processWakeup } from "../../../functions/remediate/message/process-wakeup.ts";
import type { ProcessDeps } from "../../../functions/remediate/message/settle.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import { createFailedRun } from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import { toTestRun } from "../../support/functions/test-run.ts";
import {
  findJobsOf,
  getRecord,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";

const GUARDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/ruleguards";
const MERGE = "application/merge-patch+json";

describe("guards on a real API server", () => {
  let world: RemediationWorld;

  beforeAll(async () => {
    world = await startRemediationWorld({ admission: true });
  });

  afterAll(async () => {
    await world?.stop();
  });

  const readGuard = (name: string): Promise<RuleGuard> =>
    world.admin.request({ method: "GET", path: `${GUARDS}/${name}` });

  /** A rule of its own, with its Jobs that fail, and as many processes as wanted. */
  async function setUp(id: string, guards: Json, count: number) {
    const pipeline = toPipeline({ id, guards: { stormBrake: "off", ...guards } });
    const wakeups: WakeupMessage[] = [];
    let nowMs = Date.now();
    const toProcess = () => toDeps(world, { pipeline, wakeups, guarded: true, now: () => nowMs });
    const requests: RemediationRequest[] = [];
    for (let index = 0; index < count; index += 1) {
      const { job } = await createFailedRun(world, `${id}-${index}`);
      requests.push(toRequest(world, job, { pipeline }));
    }
    const deliver = (request: RemediationRequest, deps: ProcessDeps) =>
      processMessage(JSON.stringify(request), deps, toTestRun(nowMs));
    return {
      wakeups,
      requests,
      toProcess,
      deliver,
      pass: (ms: number) => void (nowMs += ms),
      async wakeDue(deps: ProcessDeps) {
        const due = wakeups.filter(({ data }) => Date.parse(data.due) <= nowMs);
        for (const wakeup of due) wakeups.splice(wakeups.indexOf(wakeup), 1);
        for (const wakeup of due) {
          await processWakeup(JSON.stringify(wakeup), deps, toTestRun(nowMs));
        }
      },
      phases: () =>
        Promise.all(
          requests.map(async ({ data }) => (await getRecord(world, data.record))?.status?.phase),
        ),
      async madeJobs() {
        const made = await Promise.all(requests.map(({ data }) => findJobsOf(world, data.record)));
        return made.flat().length;
      },
    };
  }

  it("of two processes that ask at the same moment, as many start as may", async () => {
    const all = { maxPerHour: 1, maxInFlight: "off", cooldown: "off", breaker: "off" };
    for (let round = 0; round < 5; round += 1) {
      const scene = await setUp(`race-${round}`, all, 2);
      const [one, two] = scene.requests;
      if (one === undefined || two === undefined) throw new Error("there are two");
      await Promise.all([
        scene.deliver(one, scene.toProcess()),
        scene.deliver(two, scene.toProcess()),
      ]);
      expect(await scene.madeJobs()).toBe(1);
      expect((await scene.phases()).toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual(
        ["Deferred", "Succeeded"],
      );
    }
  });

  it("two processes that are delivered the same request count it once", async () => {
    const scene = await setUp("twice", { maxPerHour: 5 }, 1);
    const [one] = scene.requests;
    if (one === undefined) throw new Error("there is one");
    await Promise.all([
      scene.deliver(one, scene.toProcess()),
      scene.deliver(one, scene.toProcess()),
    ]);
    expect((await readGuard("twice")).status?.entries).toHaveLength(1);
    expect(await scene.madeJobs()).toBe(1);
  });

  it("what is held back starts when its time has come, by one wake-up for all", async () => {
    const scene = await setUp("wakes", { maxPerHour: 2, maxInFlight: "off" }, 4);
    const deps = scene.toProcess();
    for (const request of scene.requests) await scene.deliver(request, deps);
    expect(await scene.phases()).toEqual(["Succeeded", "Succeeded", "Deferred", "Deferred"]);
    expect(scene.wakeups.filter(({ data }) => data.guard !== undefined)).toHaveLength(1);
    // They would be Expired by then.
    expect((await getRecord(world, scene.requests[3]?.data.record ?? ""))?.status).toMatchObject({
      reason: "MaxPerHour",
      message: expect.stringContaining("2 of 2 remediations of the rule were started"),
    });
  });

  it("a pause holds everything back until it is removed, and no function may set it", async () => {
    const operator = await world.createUser("operator");
    const path = `${GUARDS}/all`;
    const labels = { "kubemend.dev/guard": "all" };
    const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "RuleGuard" };
    const paused = { reason: "network change" };
    const body = { ...head, metadata: { name: "all", labels }, spec: { paused } };
    await operator.request({ method: "POST", path: GUARDS, body });
    const scene = await setUp("paused", {}, 1);
    const deps = scene.toProcess();
    const [one] = scene.requests;
    if (one === undefined) throw new Error("there is one");
    await scene.deliver(one, deps);
    expect(await scene.phases()).toEqual(["Deferred"]);
    await patch(operator, path, { spec: { paused: null } });
    scene.pass(60_000);
    await scene.wakeDue(deps);
    await scene.wakeDue(deps);
    expect(await scene.phases()).toEqual(["Succeeded"]);
  });

  it("only remediate writes what was counted, only people pause, and nobody deletes", async () => {
    const { requests, deliver, toProcess } = await setUp("policy", {}, 1);
    for (const request of requests) await deliver(request, toProcess());
    const person = await world.createUser("person");
    const path = `${GUARDS}/policy`;
    await expect(patch(person, `${path}/status`, { status: { entries: [] } })).rejects.toThrow(
      /only the remediate function writes the status/,
    );
    await expect(patch(world.admin, `${path}/status`, { status: null })).rejects.toThrow(
      /only the/,
    );
    await expect(person.request({ method: "DELETE", path })).rejects.toThrow(/not deleted/);
    await patch(person, path, { spec: { paused: { reason: "mine" } } });
    await expect(
      patch(person, path, { metadata: { labels: { "kubemend.dev/guard": null } } }),
    ).rejects.toThrow(/the label kubemend.dev\/guard of a guard is its name/);
    const own = await readGuard("policy");
    const cleared = { ...own, spec: {} };
    // RBAC already denies it to the function's identity.
    await expect(world.client.request({ method: "PUT", path, body: cleared })).rejects.toThrow(
      /forbidden|only people pause/,
    );
    expect((await readGuard("policy")).status?.entries).toHaveLength(1);
  });

  function patch(client: KubernetesClient, path: string, body: unknown): Promise<unknown> {
    return client.request({ method: "PATCH", path, contentType: MERGE, body });
  }
});
