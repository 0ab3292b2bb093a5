import { describe, expect, it } from "vitest";
import { KubemendError } from "../../../core/errors.ts";
import { followMove } from "../../../cli/move/follow-move.ts";
import { MemoryWorld, type Side } from "../../support/move/memory-world.ts";

const { signal } = new AbortController();
/** The time that passes with each request to a cluster that does not answer. */
const STEP_MS = 10_000;

describe("following a move", () => {
  /** One side does not answer from this write on, the tenth by default, for so many requests. */
  const followWithOutage = async (side: Side, requests: number, from = 10, write = "2m") => {
    const world = new MemoryWorld();
    const startMs = world.nowMs;
    await world.begin({ deadlines: { write } });
    let writes = 0;
    let left = requests;
    world.around = async (send, sent) => {
      const isWrite = sent.method !== "GET" && !sent.path.endsWith("selfsubjectaccessreviews");
      if (isWrite) writes += 1;
      if (sent.side === side && writes >= from && left > 0) {
        left -= 1;
        world.nowMs += STEP_MS;
        throw new KubemendError("Unreachable", `the ${side} does not answer`, { retryable: true });
      }
      return send();
    };
    const shown: string[] = [];
    const deps = { ...world.toDeps(), show: (text: string) => void shown.push(text), pauseMs: 0 };
    const ended = await followMove(deps, "m", signal).catch((error: unknown) => error);
    return { world, shown, ended, awayMs: world.nowMs - startMs };
  };

  it.each(["source", "target"] as const)(
    "waits for a %s that is away for less than a write may take, and ends moved",
    async (side) => {
      const { world, shown, ended } = await followWithOutage(side, 5);
      expect(ended).toMatchObject({ isEnded: true, move: { status: { phase: "Moved" } } });
      expect(shown).toContainEqual(expect.stringContaining(`the ${side} does not answer`));
      expect([world.names("source"), world.names("target").length]).toEqual([[], 3]);
    },
  );

  it("waits for a source no longer than its Move says, also in the first run", async () => {
    const { ended, awayMs } = await followWithOutage("source", 1_000, 10, "30s");
    expect(ended).toMatchObject({ code: "Unreachable" });
    expect(awayMs).toBeLessThan(8 * STEP_MS);
  });

  it("ends with a problem if the target is away for longer", async () => {
    const { ended } = await followWithOutage("target", 1_000);
    expect(ended).toMatchObject({
      isEnded: false,
      move: {
        status: {
          problem: {
            code: "Unreachable",
            wayOut: expect.stringContaining("kubemend move --resume m"),
          },
        },
      },
    });
  });

  it.each([
    { what: "the source is away", side: "source", from: 10 },
    { what: "the target is away before the move is planned", side: "target", from: 0 },
  ] as const)(
    "throws if $what for longer, with the command that continues",
    async ({ side, from }) => {
      const { ended } = await followWithOutage(side, 1_000, from);
      expect(ended).toMatchObject({
        code: "Unreachable",
        message: expect.stringMatching(
          new RegExp(`the ${side} does not answer\\..*kubemend move --resume m$`),
        ),
      });
    },
  );
});
