import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { poll } from "../../../sandbox/host/poll.ts";
import { findBroken, type Sides } from "../../support/move/check-move.ts";
import { startCommandScene, type CommandScene } from "../../support/move/command-scene.ts";
import type { SideName } from "../../support/move/watch-sides.ts";

/** The times for which an API server is away, at least. */
const AWAY_MS = 8_000;
const MINUTE_MS = 60_000;

describe("kubemend move, and an API server that is stopped in the middle", () => {
  let scene: CommandScene;
  beforeAll(async () => {
    scene = await startCommandScene();
  });
  afterAll(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  /** Stops the API server of a side as soon as the command sends this request to that side; resolves when it is stopped. */
  const stopAt = (side: SideName, fits: (line: string) => boolean): Promise<void> => {
    const stopped = Promise.withResolvers<void>();
    let isFirst = true;
    scene.lane.proxies[side].intercept(async (_count, line) => {
      if (!isFirst || !fits(line)) return "forward";
      isFirst = false;
      await scene.world.controlPlanes[side].stopProcess("kube-apiserver", 0);
      stopped.resolve();
      return "cut";
    });
    return stopped.promise;
  };
  /** Starts it again, and resolves with what both sides have when it serves all resources. */
  const start = async (side: SideName, read: () => Promise<Sides>): Promise<Sides> => {
    await scene.world.controlPlanes[side].startProcess("kube-apiserver");
    return poll({
      intervalMs: 200,
      timeoutMs: 120_000,
      toTimeout: () => new Error("it does not serve everything"),
      ask: () => read().catch(() => undefined),
    });
  };

  const moments = [
    { side: "target", at: "PATCH machinesets", awayMs: MINUTE_MS },
    { side: "target", at: "GET machines, before a finalizer is taken off", awayMs: AWAY_MS },
    { side: "source", at: "DELETE machines", awayMs: AWAY_MS },
    { side: "source", at: "PUT movesteps", awayMs: AWAY_MS },
  ] as const;
  const toFits = (at: string) => (line: string) => {
    const [method = "", plural = ""] = at.replace(/,.*/, "").split(" ");
    return line.startsWith(`${method} `) && line.includes(`/${plural}`);
  };

  it.each(moments)(
    "waits for the $side, which is lost at $at for $awayMs ms, and ends moved",
    async ({ side, at, awayMs }) => {
      const { args, before, read } = await scene.renew();
      const stopped = stopAt(side, toFits(at));
      const run = scene.lane.start(...args);
      await stopped;
      await sleep(awayMs);
      expect(run.process.exitCode).toBeNull();
      expect(findBroken(before, await start(side, read))).toEqual([]);
      const { code, stdout } = await run.ended;
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("Moved") });
      const sides = await read();
      expect([sides.source.size, findBroken(before, sides)]).toEqual([0, []]);
    },
  );

  it.each(["source", "target"] as const)(
    "ends with the command that continues if the %s is away for longer than a write may take",
    async (side) => {
      const { namespace, args, before, read } = await scene.renew();
      const stopped = stopAt(
        side,
        toFits(side === "source" ? "DELETE machines" : "PATCH machines"),
      );
      const run = scene.lane.start(...args, "--deadline", "write=3s");
      await stopped;
      const { code, stdout, stderr } = await run.ended;
      expect({ code, said: `${stdout}${stderr}` }).toEqual({
        code: 1,
        said: expect.stringContaining(` --resume ${namespace}`),
      });
      expect(findBroken(before, await start(side, read))).toEqual([]);
      const resumed = await scene.lane.run(["--resume", namespace, "--yes"]);
      expect(resumed.code).toBe(0);
      const sides = await read();
      expect([sides.source.size, findBroken(before, sides)]).toEqual([0, []]);
    },
  );
});
