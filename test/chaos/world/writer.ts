import { setTimeout as sleep } from "node:timers/promises";
import type { Gate } from "./gate.ts";
import { createOwnObjects, type OwnObjectsDeps } from "./own-objects.ts";
import type { Random } from "../random.ts";
import type { Team } from "../check/truth.ts";

export type WriterDeps = OwnObjectsDeps & {
  readonly names: readonly string[];
  readonly random: Random;
  /** Whether an object may get back a team that it has lost. */
  readonly returns: boolean;
};

export type Writer = {
  /** One random write; a deletion may be followed by a re-creation. */
  readonly write: () => Promise<void>;
  /** Updates an object, or creates it if it does not exist. */
  readonly touch: (name: string, team: Team) => Promise<void>;
  /** Writes until the signal is aborted, while the gate is open. */
  readonly run: (gate: Gate, signal: AbortSignal) => Promise<void>;
  /** Reads all of its objects again after an etcd rollback. */
  readonly relearn: () => Promise<void>;
};

const TEAMS: readonly Team[] = ["red", "blue", "none"];
const LONGEST_PAUSE_MS = 60;

/** Creates, changes, relabels, deletes and re-creates its own objects, often the same one several times in a row. */
export function createWriter(deps: WriterDeps): Writer {
  const { random, names, returns } = deps;
  const objects = createOwnObjects(deps);
  let lastName = "";
  const write = async (): Promise<void> => {
    const name = lastName !== "" && random.chance(0.4) ? lastName : random.pick(names);
    lastName = name;
    const held = objects.find(name);
    const roll = random.next();
    const team = random.pick(held === undefined ? TEAMS : toNextTeams(held.team, returns));
    if (held === undefined) await objects.put(name, team);
    else if (roll < 0.5) await objects.put(name, held.team);
    else if (roll < 0.7) await objects.put(name, team);
    else {
      await objects.remove(name, held);
      const isGone = objects.find(name) === undefined;
      if (roll > 0.85 && isGone) await objects.put(name, random.pick(TEAMS));
    }
  };
  return {
    write,
    touch: objects.put,
    async run(gate, signal) {
      while (!signal.aborted) {
        await gate.through(async () => void (signal.aborted || (await write())));
        if (random.chance(0.6)) await sleep(random.between(0, LONGEST_PAUSE_MS));
      }
    },
    async relearn() {
      for (const name of names) await objects.observe(name, "rolled back");
    },
  };
}

/** Without returns an object only moves down the list of teams. */
function toNextTeams(team: Team, returns: boolean): readonly Team[] {
  return returns ? TEAMS : TEAMS.slice(TEAMS.indexOf(team));
}
