import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "../../adapters/kubernetes/client.ts";
import { isKubemendError } from "../../core/errors.ts";
import type { Gate } from "./gate.ts";
import type { Random } from "./random.ts";
import type { Team, TruthLog } from "./truth.ts";

/** Label that the objects of one round share. */
export const ROUND_LABEL = "chaos-round";

export type WriterDeps = {
  /** Straight to the API server: what it says is the truth, faults on the relay's way do not concern it. */
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly log: TruthLog;
  /** Nobody else's. */
  readonly id: string;
  readonly names: readonly string[];
  readonly random: Random;
  /** Whether an object may be given back a team that it has lost. */
  readonly returns: boolean;
};

export type Writer = {
  /** One write of the writer's choice. Never throws: an answer that says nothing is followed by reading what is so. */
  readonly write: () => Promise<void>;
  /** Gives the object a new state, making it where it is not there. Returns its step. */
  readonly touch: (name: string, team: Team) => Promise<string>;
  /** Writes until the signal is aborted, whenever the gate is open. */
  readonly run: (gate: Gate, signal: AbortSignal) => Promise<void>;
  /** Reads all that is its own again. */
  readonly relearn: () => Promise<void>;
};

type Held = {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly team: Team;
};

type Answer = {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
};

const TEAMS: readonly Team[] = ["red", "blue", "none"];
const RETRY_MS = 60;
const REQUEST_TIMEOUT_MS = 4_000;
const SETTLE_TIMEOUT_MS = 60_000;
const LONGEST_PAUSE_MS = 60;

/** Creates, changes, relabels, deletes and re-creates its own ConfigMaps, and writes down what the API server answered. */
export function createWriter(deps: WriterDeps): Writer {
  const { client, namespace, log, random } = deps;
  const collection = `/api/v1/namespaces/${namespace}/configmaps`;
  const held = new Map<string, Held>();
  let steps = 0;
  let lastName = "";

  const learn = (name: string, answer: Answer): void => {
    const { uid, resourceVersion, labels } = answer.metadata;
    const before = held.get(name);
    if (before?.uid === uid && before.resourceVersion === resourceVersion) return;
    const team = (labels?.["team"] ?? "none") as Team;
    held.set(name, { uid, resourceVersion, team });
    if (before !== undefined && before.uid !== uid) forget(name, before.uid, "deleted");
    const step = answer.data?.["step"] ?? "";
    log.tell(name, { type: "state", uid, resourceVersion, team, step });
  };
  const forget = (name: string, uid: string, how: "deleted" | "putBack"): void => {
    if (held.get(name)?.uid === uid) held.delete(name);
    log.tell(name, { type: "gone", uid, how });
  };
  /** What is so, from the server itself, however long that takes. */
  const observe = async (name: string, how: "deleted" | "putBack" = "deleted"): Promise<void> => {
    const answer = await untilAnswered(client, `${collection}/${name}`);
    const before = held.get(name);
    if (answer === undefined) {
      if (before !== undefined) forget(name, before.uid, how);
      return;
    }
    if (before !== undefined && before.uid !== answer.metadata.uid) forget(name, before.uid, how);
    learn(name, answer);
  };
  const put = async (name: string, team: Team): Promise<string> => {
    const step = `${deps.id}-${(steps += 1)}`;
    const before = held.get(name);
    const body = toConfigMap({ name, namespace, team, step, before });
    const request =
      before === undefined
        ? ({ method: "POST", path: collection } as const)
        : ({ method: "PUT", path: `${collection}/${name}` } as const);
    try {
      learn(name, await client.request<Answer>({ ...request, body, timeoutMs: REQUEST_TIMEOUT_MS }));
    } catch {
      await observe(name);
    }
    return step;
  };
  const remove = async (name: string, { uid }: Held): Promise<void> => {
    const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } };
    const path = `${collection}/${name}`;
    try {
      await client.request({ method: "DELETE", path, body, timeoutMs: REQUEST_TIMEOUT_MS });
      forget(name, uid, "deleted");
    } catch {
      await observe(name);
    }
  };
  const write = async (): Promise<void> => {
    const name = lastName !== "" && random.chance(0.4) ? lastName : random.pick(deps.names);
    lastName = name;
    const now = held.get(name);
    const roll = random.next();
    const team = random.pick(now === undefined ? TEAMS : toNextTeams(now.team, deps.returns));
    if (now === undefined || roll < 0.5) await put(name, now?.team ?? team);
    else if (roll < 0.7) await put(name, team);
    else {
      await remove(name, now);
      if (roll > 0.85 && !held.has(name)) await put(name, random.pick(TEAMS));
    }
  };
  return {
    write,
    touch: put,
    async run(gate, signal) {
      while (!signal.aborted) {
        await gate.through(async () => void (signal.aborted || (await write())));
        if (random.chance(0.6)) await sleep(random.between(0, LONGEST_PAUSE_MS));
      }
    },
    async relearn() {
      for (const name of deps.names) await observe(name, "putBack");
    },
  };
}

/** An object that has left a selection comes back only where the relay tells leaving from deletion. */
function toNextTeams(team: Team, returns: boolean): readonly Team[] {
  return returns ? TEAMS : TEAMS.slice(TEAMS.indexOf(team));
}

function toConfigMap(input: {
  readonly name: string;
  readonly namespace: string;
  readonly team: Team;
  readonly step: string;
  readonly before: Held | undefined;
}): object {
  const { name, namespace, team, step, before } = input;
  const labels = { [ROUND_LABEL]: namespace, ...(team === "none" ? {} : { team }) };
  const identity =
    before === undefined ? {} : { uid: before.uid, resourceVersion: before.resourceVersion };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, labels, ...identity },
    data: { step },
  };
}

/** The object, or undefined where the server says that there is none. */
async function untilAnswered(client: KubernetesClient, path: string): Promise<Answer | undefined> {
  const deadline = performance.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    try {
      return await client.request<Answer>({ method: "GET", path, timeoutMs: REQUEST_TIMEOUT_MS });
    } catch (error) {
      if (isKubemendError(error, "NotFound")) return undefined;
      if (performance.now() > deadline) throw error;
    }
    await sleep(RETRY_MS);
  }
}
