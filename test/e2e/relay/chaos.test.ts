import { join } from "node:path";
import { expect, test } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { playRounds } from "../../chaos/rounds.ts";

/** The long run is `npm run test:chaos`; a failure here prints the seed that replays it. */
test("everything that the API server answered arrives in the queue, whatever was killed or down meanwhile", async () => {
  const lines: string[] = [];
  const kept = await playRounds({
    script: join(findProjectRoot(), "dist", "kubemend.mjs"),
    seed: "short",
    rounds: 2,
    faultCount: 3,
    returns: true,
    report: (text) => lines.push(text),
    detail: false,
  });
  expect(kept ? [] : lines).toEqual([]);
});
