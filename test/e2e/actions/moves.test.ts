/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Move } from "../../../events/moves/move.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { ACTION_REQUESTS } from "../../docs/reference/action-requests.ts";
import { countRights } from "../../support/functions/count-rights.ts";
import { connectForPipeline } from "../../support/functions/granted-client.ts";
import { createObject, toRequestFor } from "../../support/functions/many-targets.ts";
import {
  getRecord,
  startRemediationWorld,
  toDeps,
  toPipeline,
  type JobObject,
  type Json,
  type RemediationWorld,
} from "../../support/functions/remediation-world.ts";
import { AFTER_HOLD_MS, deliverRequest } from "../../support/functions/test-run.ts";
import { freezeAt, killAt, watchClient } from "../../support/kubernetes/failing-client.ts";

const MOVES = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/moves";
const RULE: Json = {
  on: { resource: "configmaps" },
  where: "true",
  once: "object",
  then: [{ move: { to: "backup-eu", withOwned: true, createNamespaces: true } }],
};
const pipeline = toPipeline(RULE);

describe("move, on a real API server", () => {
  let world: RemediationWorld;
  let client: KubernetesClient;
  let passedMs = 0;

  beforeAll(async () => {
    world = await startRemediationWorld();
    client = await connectForPipeline(world, "move", pipeline);
  });

  afterAll(async () => {
    await client?.close();
    await world?.stop();
  });

  function deliver(request: RemediationRequest, by = client, of = pipeline) {
    const now = (): number => Date.now() + passedMs;
    const deps = toDeps(world, { client: by, pipeline: of, now });
    return deliverRequest(request, deps, { isRepeated: true, isSigned: true });
  }

  async function start(
    name: string,
    of = pipeline,
    mode: "enforce" | "dryRun" = "enforce",
  ): Promise<{ readonly object: JobObject; readonly request: RemediationRequest }> {
    const object = await createObject(world, "configmaps", "default", { metadata: { name } });
    return { object, request: toRequestFor(world, "configmaps", object, { pipeline: of, mode }) };
  }

  /** The Moves of an object. */
  async function findMoves(name: string): Promise<readonly Move[]> {
    const { items } = await world.admin.request<{ items: readonly Move[] }>({
      method: "GET",
      path: MOVES,
    });
    return items.filter(({ spec }) => spec.select.some((one) => one.name === name));
  }

  async function setStatus(move: Move, status: Json): Promise<void> {
    const at = "2026-11-30T10:00:00.000Z";
    await world.admin.request({
      method: "PATCH",
      path: `${MOVES}/${move.metadata.name}/status`,
      contentType: "application/merge-patch+json",
      body: { status: { phase: "Planning", since: at, startedAt: at, ...status } },
    });
  }

  it("begins a Move, which the record names, with no more rights than are granted", async () => {
    const { request } = await start("plain");
    const watched = watchClient(client);
    expect(await deliver(request, watched)).toEqual({ outcome: "done" });
    expect(countRights(watched.requests)).toEqual(ACTION_REQUESTS["move"]);
    const [move, ...others] = await findMoves("plain");
    expect(others).toEqual([]);
    expect(move).toMatchObject({
      metadata: { annotations: { "kubemend.dev/cause": request.data.record } },
      spec: {
        target: { cluster: "backup-eu" },
        select: [{ resource: "configmaps", namespace: "default", name: "plain", withOwned: true }],
        createNamespaces: true,
      },
    });
    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "Succeeded",
      message: `created Move kubemend/${move?.metadata.name}: moves configmaps default/plain with all that it owns, to backup-eu`,
    });
  });

  it("as a dry run begins nothing, and says what it would move", async () => {
    const dry = toPipeline({ ...RULE, guards: { mode: "dryRun" } });
    const { request } = await start("dry", dry, "dryRun");
    await deliver(request, client, dry);
    expect((await getRecord(world, request.data.record))?.status).toMatchObject({
      phase: "DryRun",
      message: expect.stringMatching(
        /^would create Move kubemend\/move-dry-\w+: moves configmaps default\/dry with all that it owns, to backup-eu/,
      ),
    });
    expect(await findMoves("dry")).toEqual([]);
  });

  it.each(["before", "after"] as const)(
    "killed %s any of its requests is finished by the next delivery, with one Move",
    async (moment) => {
      let kills = 0;
      for (let at = 1; ; at += 1) {
        const name = `${moment}-${at}`;
        const { request } = await start(name);
        const killed = watchClient(client, killAt(at, moment));
        if ((await deliver(request, killed)).outcome === "done") break;
        kills += 1;
        passedMs += AFTER_HOLD_MS;
        await deliver(request);
        const record = await getRecord(world, request.data.record);
        expect([at, record?.status?.phase]).toEqual([at, "Succeeded"]);
        expect([at, (await findMoves(name)).length]).toEqual([at, 1]);
      }
      expect(kills).toBeGreaterThanOrEqual(5);
    },
  );

  it("frozen before any of its requests does nothing more when another executor has finished", async () => {
    for (let at = 1; ; at += 1) {
      const name = `frozen-${at}`;
      const { request } = await start(name);
      const frozen = freezeAt(client, at);
      const first = deliver(request, frozen);
      if (!(await frozen.isReached(first))) break;
      passedMs += AFTER_HOLD_MS;
      await deliver(request);
      frozen.wake();
      await first;
      expect([at, (await findMoves(name)).length]).toEqual([at, 1]);
    }
  });

  describe("with verify", () => {
    const verifying = toPipeline({ ...RULE, verify: {} });

    async function begin(
      name: string,
    ): Promise<{ record: string; move: Move; again: () => Promise<unknown> }> {
      const { request } = await start(name, verifying);
      await deliver(request, client, verifying);
      const [move] = await findMoves(name);
      if (move === undefined) throw new Error(`there is no Move of ${name}`);
      const again = () => {
        passedMs += AFTER_HOLD_MS;
        return deliver(request, client, verifying);
      };
      return { record: request.data.record, move, again };
    }

    it("waits until everything has moved", async () => {
      const { record, move, again } = await begin("waits");
      expect((await getRecord(world, record))?.status).toMatchObject({
        phase: "Waiting",
        reason: "Verifying",
      });
      await setStatus(move, { phase: "Deleting" });
      await again();
      expect((await getRecord(world, record))?.status).toMatchObject({
        phase: "Waiting",
        reason: "Verifying",
      });
      await setStatus(move, { phase: "Moved" });
      await again();
      expect((await getRecord(world, record))?.status).toMatchObject({ phase: "Succeeded" });
    });

    it("fails at once when the Move was rolled back", async () => {
      const { record, move, again } = await begin("back");
      await setStatus(move, { phase: "RolledBack" });
      await again();
      expect((await getRecord(world, record))?.status).toMatchObject({
        phase: "Failed",
        reason: "NotVerified",
        message: expect.stringContaining("it was rolled back"),
      });
    });

    it("fails with the words of a problem that stays, and waits through one that is new", async () => {
      const { record, move, again } = await begin("problem");
      const problem = {
        code: "PlaceTaken",
        step: "create",
        reason: "the place is taken",
        wayOut: "look at it",
      };
      await setStatus(move, {
        problem: { ...problem, since: new Date(Date.now() + passedMs).toISOString() },
      });
      await again();
      expect((await getRecord(world, record))?.status).toMatchObject({
        phase: "Waiting",
        reason: "Verifying",
      });
      await setStatus(move, { problem: { ...problem, since: "2026-11-30T10:00:00.000Z" } });
      await again();
      expect((await getRecord(world, record))?.status).toMatchObject({
        phase: "Failed",
        message: expect.stringContaining("the place is taken (look at it)"),
      });
    });
  });
});
