import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MoveSpec } from "../../../events/moves/move.ts";
import { planMove } from "../../../functions/transfer/move/plan/plan-move.ts";
import { findBroken, readSides } from "../../support/move/check-move.ts";
import { createHierarchy, GROUP } from "../../support/move/cluster-api.ts";
import { comparePlan } from "../../support/move/compare-plan.ts";
import { judgeHistory } from "../../support/move/judge-history.ts";
import {
  openMoveLane,
  type KillAt,
  type MoveLane,
  type RunEnd,
  type SentWrite,
} from "../../support/move/move-lane.ts";
import {
  createNamespace,
  MOVE_NAMESPACE,
  startMoveWorld,
  type MoveWorld,
} from "../../support/move/move-world.ts";
import { watchSides, type History } from "../../support/move/watch-sides.ts";

/** The number of moves at the same time, each with processes of its own. */
const LANES = 3;
/** More writes than a move of seven objects sends. */
const MOST_WRITES = 60;

describe("kubemend move, killed with SIGKILL", () => {
  let world: MoveWorld;
  let history: History;
  const lanes: MoveLane[] = [];
  const { signal } = new AbortController();

  beforeAll(async () => {
    world = await startMoveWorld();
    history = await watchSides(world.controlPlanes, MOVE_NAMESPACE);
    for (let at = 0; at < LANES; at += 1) {
      const kubeconfig = join(world.folder, `lane-${at}.kubeconfig`);
      lanes.push(await openMoveLane(world.controlPlanes, kubeconfig));
    }
  });

  afterAll(async () => {
    for (const lane of lanes) await lane[Symbol.asyncDispose]();
    history?.[Symbol.dispose]();
    await world?.[Symbol.asyncDispose]();
  });

  const toArgs = (namespace: string): readonly string[] => [
    `clusters.${GROUP}/web`,
    "-n",
    namespace,
    "--with-owned",
    "--remove-finalizer",
    "*",
  ];
  const toSpec = (namespace: string): MoveSpec => ({
    target: { cluster: "new" },
    select: [{ resource: `clusters.${GROUP}`, namespace, name: "web", withOwned: true }],
    removeFinalizers: ["*"],
  });

  /** Continues the move, or begins it if it was killed before it had stored a Move. */
  const continueMove = async (lane: MoveLane, name: string): Promise<RunEnd> => {
    const resumed = await lane.run(["--resume", name, "--yes"]);
    if (!resumed.stderr.includes(`there is no Move ${name}`)) return resumed;
    return lane.run([...toArgs(name), "--name", name]);
  };

  /**
   * Moves a hierarchy in a namespace of its own. The first process is killed at this write, and the second one ends the move. Both clusters
   * are judged all the time, and read at the kill.
   */
  const moveKilled = async (lane: MoveLane, name: string, killAt?: KillAt): Promise<RunEnd> => {
    await createNamespace(world.source, name);
    await createNamespace(world.target, name);
    await createHierarchy(world.source, { namespace: name, machines: 1 });
    await history.catchUp(name);
    const before = new Map(history.of(name).map(({ key, object }) => [key, object]));
    const plan = await planMove(world.sides, { spec: toSpec(name) }, signal);
    const first = await lane.run([...toArgs(name), "--name", name], killAt);
    const broken = findBroken(before, await readSides(world, name));
    expect({ name, broken }).toEqual({ name, broken: [] });
    const last = first.isKilled ? await continueMove(lane, name) : first;
    expect({ name, code: last.code, said: last.stderr }).toEqual({
      name,
      code: 0,
      said: expect.not.stringContaining("kubemend:"),
    });
    await history.catchUp(name);
    expect({
      name,
      judged: judgeHistory(before, history.of(name)),
      compared: comparePlan(plan, before, history.of(name)),
    }).toEqual({ name, judged: [], compared: [] });
    return first;
  };

  it("ends moved as planned, whichever write it is killed before or after, and breaks no promise meanwhile", async () => {
    const [lane] = lanes;
    if (lane === undefined) throw new Error("there is one");
    const whole = await moveKilled(lane, "whole");
    const killedAt = { before: new Set<string>(), after: new Set<string>() };
    const kills = Array.from({ length: MOST_WRITES }, (_, at) => [
      { write: at + 1, when: "before" } as const,
      { write: at + 1, when: "after" } as const,
    ])
      .flat()
      .values();
    await Promise.all(
      lanes.map(async (own) => {
        for (const kill of kills) {
          const first = await moveKilled(own, `${kill.when}-${kill.write}`, kill);
          if (!first.isKilled) return;
          killedAt[kill.when].add(toLastWrite(first));
        }
      }),
    );
    const every = [...new Set(whole.writes.map(toText))].toSorted();
    expect(whole.writes.length).toBeGreaterThan(20);
    expect([...killedAt.before].toSorted()).toEqual(every);
    expect([...killedAt.after].toSorted()).toEqual(every);
  }, 900_000);
});

const toText = ({ side, what }: SentWrite): string => `${side}: ${what}`;

function toLastWrite({ writes }: RunEnd): string {
  const last = writes.at(-1);
  return last === undefined ? "" : toText(last);
}
