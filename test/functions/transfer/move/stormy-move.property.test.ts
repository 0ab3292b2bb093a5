import fc from "fast-check";
import { expect, it } from "vitest";
import { isKubemendError } from "../../../../core/errors.ts";
import type { MoveSlice } from "../../../../functions/transfer/move/run-move.ts";
import { Killed } from "../../../support/move/killed-client.ts";
import { MemoryWorld, type MemoryPath } from "../../../support/move/memory-world.ts";
import { applyStorm, storms, type Storm } from "../../../support/move/storm.ts";

const PATHS: readonly MemoryPath[] = ["tops/a", "middles/b", "leafs/c"];
const MOST_LOOKS = 80;
/** They take seconds, and more than a minute if the machine is busy. */
const TIMEOUT_MS = 600_000;

/** Looks again after each kill and each outage, and does what the problem says, until the move has ended. */
async function settle(world: MemoryWorld): Promise<MoveSlice | undefined> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const slice = await world.look().catch((error: unknown) => {
      if (error instanceof Killed || isKubemendError(error)) return undefined;
      throw error;
    });
    await world.collectGarbage();
    for (const path of PATHS) await world.release("target", path);
    if (slice?.outcome === "ended") return slice;
    if (slice?.outcome === "problem") await obey(world, slice);
  }
  return undefined;
}

async function obey(world: MemoryWorld, { move: { status } }: MoveSlice): Promise<void> {
  const { code = "", wayOut = "" } = status?.problem ?? {};
  if (status?.phase === "Planning") return world.abort();
  if (wayOut.includes("--rollback")) return world.abort();
  if (code === "Grown") world.remove("source", "leafs/new");
  else if (code === "Gone") world.add("target", "tops/a", { metadata: {} });
}

const isDeleted = (storm: Storm, side?: "source" | "target") =>
  storm.some(({ event }) => event.what === "delete" && (side === undefined || event.side === side));

it(
  "a move ends whatever others do, and asks no cluster for what must not be asked",
  async () => {
    await fc.assert(
      fc.asyncProperty(storms, async (storm) => {
        const world = new MemoryWorld();
        await world.begin();
        applyStorm(world, storm);
        const ended = await settle(world);
        expect(["Moved", "RolledBack"]).toContain(ended?.move.status?.phase);
        // If somebody deletes a copy between two requests, its dependents may come before it until both are verified.
        const noted = isDeleted(storm, "target") ? [] : world.target.violations;
        expect([world.source.violations, noted]).toEqual([[], []]);
      }),
      { numRuns: 150 },
    );
  },
  TIMEOUT_MS,
);

it(
  "no object is lost or doubled by a move, if nobody else deletes it",
  async () => {
    await fc.assert(
      fc.asyncProperty(
        storms.filter((storm) => !isDeleted(storm)),
        async (storm) => {
          const world = new MemoryWorld();
          await world.begin();
          applyStorm(world, storm);
          const { around } = world;
          world.around = async (send, sent) => {
            const answer = await around(send, sent);
            const lost = PATHS.filter(
              (path) =>
                world.get("source", path) === undefined && world.get("target", path) === undefined,
            );
            expect(lost).toEqual([]);
            return answer;
          };
          const ended = await settle(world);
          const isMoved = ended?.move.status?.phase === "Moved";
          const [full, empty] = isMoved
            ? (["target", "source"] as const)
            : (["source", "target"] as const);
          expect(PATHS.filter((path) => world.get(full, path) === undefined)).toEqual([]);
          expect(PATHS.filter((path) => world.get(empty, path) !== undefined)).toEqual([]);
          expect(world.get(full, "tops/a")?.["spec"]).not.toHaveProperty("paused");
        },
      ),
      { numRuns: 150 },
    );
  },
  TIMEOUT_MS,
);
