import { beforeEach, describe, expect, it } from "vitest";
import type { OpenCluster } from "../../../../../adapters/clusters/open-clusters.ts";
import { createCatalog } from "../../../../../core/references/create-catalog.ts";
import type { FakeObject } from "../../../../support/move/fake-cluster.ts";
import { MemoryWorld, type Side } from "../../../../support/move/memory-world.ts";

const BATCH = "/apis/batch/v1/namespaces/shop";
const JOB = `${BATCH}/jobs/nightly-1`;
const MINUTE_MS = 60_000;
const SPEC = {
  select: [{ resource: "cronjobs.batch", namespace: "shop", name: "nightly" }],
  pause: [],
};

const catalog = createCatalog(
  Object.entries({ cronjobs: "CronJob", jobs: "Job" }).map(([resource, kind]) => ({
    group: "batch",
    version: "v1",
    kind,
    resource,
    namespaced: true,
    preferred: true,
  })),
  "discovery",
);

/** A CronJob in the source, and one Job of it. */
class CronWorld extends MemoryWorld {
  readonly cronJob: FakeObject = this.source.put(`${BATCH}/cronjobs/nightly`, {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {},
    spec: { suspend: false },
  });

  override toSide(name: Side): OpenCluster {
    const discovery = { catalog: async () => catalog, refresh: async () => catalog };
    return { ...super.toSide(name), discovery };
  }

  /** Ended: with that condition. */
  putJob(ended?: "Complete" | "Failed"): void {
    const { name, uid } = this.cronJob.metadata;
    const owner = { apiVersion: "batch/v1", kind: "CronJob", name, uid, controller: true };
    this.source.put(JOB, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { ownerReferences: [owner] },
      status: {
        conditions: [
          { type: "Suspended", status: "True" },
          { type: "FailureTarget", status: "True" },
          { type: ended ?? "Complete", status: ended === undefined ? "False" : "True" },
        ],
      },
    });
  }
}

describe("a Job of a CronJob that moves", () => {
  let world: CronWorld;

  beforeEach(() => {
    world = new CronWorld();
  });

  it("is waited for while it runs, and then named as what holds the move", async () => {
    world.putJob();
    await world.begin(SPEC);
    const waiting = await world.look();
    expect(waiting.move.status).toMatchObject({
      phase: "Waiting",
      current: {
        object: "CronJob shop/nightly",
        waitsFor: "its Job shop/nightly-1 to end, which would be deleted with it",
      },
    });
    world.nowMs += 11 * MINUTE_MS;
    const { move } = await world.look();
    expect(move.status?.problem).toMatchObject({ code: "Blocked", holds: "Job shop/nightly-1" });
    expect(world.source.objects.get(JOB)).toBeDefined();
  });

  it.each(["Complete", "Failed"] as const)("holds nothing up when it is %s", async (ended) => {
    world.putJob(ended);
    await world.begin(SPEC);
    const { move } = await world.follow();
    expect(move.status?.phase).toBe("Moved");
  });

  it("is waited for also if it was begun after the look before the pause", async () => {
    await world.begin(SPEC);
    world.around = async (send, { side, method, path }) => {
      const answer = await send();
      if (side === "source" && method === "PATCH" && path.endsWith("/cronjobs/nightly")) {
        world.putJob();
      }
      return answer;
    };
    const { move } = await world.look();
    expect(move.status).toMatchObject({
      phase: "Pausing",
      current: { doing: "wait for its block" },
    });
  });

  it("is waited for also if it was begun after the look behind the pause", async () => {
    await world.begin(SPEC);
    world.around = async (send, { side, method, path, isDryRun }) => {
      const answer = await send();
      const isWrite = side === "target" && method === "PATCH" && !isDryRun;
      if (isWrite && path.endsWith("/cronjobs/nightly")) world.putJob();
      return answer;
    };
    const { move } = await world.look();
    expect(move.status).toMatchObject({
      phase: "Verifying",
      current: { doing: "wait for its block" },
    });
    world.putJob("Complete");
    world.around = (send) => send();
    expect((await world.follow()).move.status?.phase).toBe("Moved");
  });
});
