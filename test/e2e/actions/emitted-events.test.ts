import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RemediationRequest } from "../../../events/request.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readField } from "../../../core/json/read-json.ts";
import { connectForPipeline } from "../../support/functions/granted-client.ts";
import { createFailedRun } from "../../support/functions/remediation-runs.ts";
import { toRequest } from "../../support/functions/remediation-request.ts";
import { AFTER_HOLD_MS, deliverRequest } from "../../support/functions/test-run.ts";
import {
  findEventsOn,
  getRecord,
  RECORDS,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type JobObject,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { countRights } from "../../support/functions/count-rights.ts";
import { ACTION_REQUESTS } from "../../docs/reference/action-requests.ts";
import { freezeAt, killAt, watchClient } from "../../support/kubernetes/failing-client.ts";

const RULE = {
  then: [{ emitEvent: { reason: "NoBackup", message: { cel: '"no " + object.metadata.name' } } }],
};
const pipeline = toPipeline(RULE);

describe("emitEvent, on a real API server", () => {
  let world: RemediationWorld;
  let client: KubernetesClient;

  beforeAll(async () => {
    world = await startRemediationWorld();
    client = await connectForPipeline(world, "emit", pipeline);
  });

  afterAll(async () => {
    await client?.close();
    await world?.stop();
  });

  let passedMs = 0;

  function deliver(request: RemediationRequest, by = client, of = pipeline) {
    const now = (): number => Date.now() + passedMs;
    const deps = toDeps(world, { client: by, pipeline: of, now });
    return deliverRequest(request, deps, { isRepeated: true, isSigned: true });
  }

  async function start(name: string): Promise<{ job: JobObject; request: RemediationRequest }> {
    const { job } = await createFailedRun(world, name);
    return { job, request: toRequest(world, job, { pipeline }) };
  }

  /** The Events of the rule about an object, without those about the ends of records. */
  async function findOwn(job: JobObject): Promise<readonly Json[]> {
    return (await findEventsOn(world, job)).filter(({ reason }) => reason === "NoBackup");
  }

  /** The same match once more: its record is another one. */
  async function repeat(request: RemediationRequest): Promise<void> {
    await world.admin.request({ method: "DELETE", path: `${RECORDS}/${request.data.record}` });
    await deliver(request);
  }

  async function expectCount(job: JobObject, count: number, at = 0): Promise<void> {
    const events = await findOwn(job);
    expect([at, events.map(({ series }) => series ?? null)]).toMatchObject([
      at,
      count === 1 ? [null] : [{ count }],
    ]);
  }

  it("reports the rule's text on the object, with no more rights than are granted", async () => {
    const { job, request } = await start("plain");
    const watched = watchClient(client);
    expect(await deliver(request, watched)).toEqual({ outcome: "done" });
    expect(countRights(watched.requests)).toEqual(ACTION_REQUESTS["emitEvent"]);
    const { name } = job.metadata;
    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "Succeeded",
      message: `reported Warning NoBackup on Job default/${name}: no ${name}`,
    });
    expect(await findOwn(job)).toMatchObject([
      {
        type: "Warning",
        message: `no ${name}`,
        reportingComponent: "kubemend.dev/emit-event",
        involvedObject: { kind: "Job", name, uid: job.metadata.uid },
      },
    ]);
  });

  it("counts a repeated text in one Event", async () => {
    const { job, request } = await start("again");
    await deliver(request);
    await expectCount(job, 1);
    await repeat(request);
    await expectCount(job, 2);
    await repeat(request);
    await expectCount(job, 3);
  });

  it("as a dry run reports nothing, and says what it would", async () => {
    const dry = toPipeline({ ...RULE, guards: { mode: "dryRun" } });
    const { job } = await createFailedRun(world, "dry");
    const request = toRequest(world, job, { pipeline: dry, mode: "dryRun" });
    await deliver(request, client, dry);
    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "DryRun",
      message: expect.stringMatching(/^would report Warning NoBackup on Job default\/dry-1: no /),
    });
    expect(await findOwn(job)).toEqual([]);
  });

  it.each(["before", "after"] as const)(
    "killed %s any of its requests it is counted once",
    async (moment) => {
      let kills = 0;
      for (let at = 1; ; at += 1) {
        const { job, request } = await start(`${moment}-${at}`);
        await deliver(request);
        await world.admin.request({ method: "DELETE", path: `${RECORDS}/${request.data.record}` });
        const killed = watchClient(client, killAt(at, moment));
        if ((await deliver(request, killed)).outcome === "done") break;
        kills += 1;
        passedMs += AFTER_HOLD_MS;
        await deliver(request);
        expect([at, (await getRecord(world, request.data.record))?.status?.phase]).toEqual([
          at,
          "Succeeded",
        ]);
        await expectCount(job, 2, at);
      }
      expect(kills).toBeGreaterThanOrEqual(7);
    },
  );

  it("frozen before any of its requests it counts nothing more when another executor has finished", async () => {
    let frozenRuns = 0;
    for (let at = 1; ; at += 1) {
      const { job, request } = await start(`frozen-${at}`);
      await deliver(request);
      await world.admin.request({ method: "DELETE", path: `${RECORDS}/${request.data.record}` });
      const frozen = freezeAt(client, at);
      const first = deliver(request, frozen);
      if (!(await frozen.isReached(first))) break;
      frozenRuns += 1;
      passedMs += AFTER_HOLD_MS;
      await deliver(request);
      frozen.wake();
      await first;
      await expectCount(job, 2, at);
    }
    expect(frozenRuns).toBeGreaterThanOrEqual(8);
  });

  it("does not write to an Event of that name that is about something else", async () => {
    const { job, request } = await start("taken");
    await deliver(request);
    const [event] = await findOwn(job);
    const name = String(readField(event, "metadata", "name"));
    const path = `/api/v1/namespaces/default/events/${name}`;
    await world.admin.request({ method: "DELETE", path });
    const foreign = {
      metadata: { name },
      involvedObject: { kind: "Job", namespace: "default", name: "other", uid: "other" },
      reason: "Other",
      type: "Normal",
    };
    await world.admin.request({
      method: "POST",
      path: "/api/v1/namespaces/default/events",
      body: foreign,
    });
    await repeat(request);
    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "Failed",
      reason: "AlreadyExists",
    });
    expect(await findOwn(job)).toEqual([]);
  });
});
