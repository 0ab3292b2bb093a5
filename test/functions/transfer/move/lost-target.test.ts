import { expect, it } from "vitest";
import { KubemendError } from "../../../../core/errors.ts";
import { MemoryWorld } from "../../../support/move/memory-world.ts";

it("a rollback whose target does not answer names the commands that end the pauses of the sources", async () => {
  const world = new MemoryWorld();
  await world.begin();
  let isLost = false;
  world.around = async (send, { side, method, isDryRun }) => {
    if (isLost && side === "target") {
      throw new KubemendError("Unreachable", "connect ECONNREFUSED", { retryable: true });
    }
    const answer = await send();
    if (side === "target" && method === "PATCH" && !isDryRun) isLost = true;
    return answer;
  };
  await world.look();
  await world.abort();
  const { move } = await world.look();
  expect(move.status).toMatchObject({
    phase: "RollingBack",
    problem: {
      code: "Unreachable",
      wayOut: expect.stringContaining(
        `kubectl patch tops.x.io a -n shop --type merge -p '{"spec":{"paused":null}}'`,
      ),
    },
  });
});
