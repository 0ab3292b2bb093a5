import { join } from "node:path";
import { expect, test } from "vitest";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import { playRounds } from "../chaos/rounds.ts";

/** The long run is `npm run test:chaos`; a failure here names a seed to play it again with. */
test("what the API server answered arrives in the queue, whatever was killed or away meanwhile", async () => {
  const told: string[] = [];
  const kept = await playRounds({
    script: join(findProjectRoot(), "dist", "kubemend.mjs"),
    seed: "short",
    rounds: 2,
    faultCount: 3,
    returns: true,
    tell: (text) => told.push(text),
    detail: false,
  });
  expect(kept ? [] : told).toEqual([]);
});
