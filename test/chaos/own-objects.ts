import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../core/errors.ts";
import type { Team, TruthLog } from "./truth.ts";

/** Label that the objects of one round share. */
export const ROUND_LABEL = "chaos-round";

export type OwnObjectsDeps = {
  /** Straight to the API server: what it says is the truth, faults on the relay's way do not concern it. */
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly log: TruthLog;
  /** Whose objects they are; nobody else writes them. */
  readonly id: string;
};

/**
 * ConfigMaps of one writer, and the log of what the API server answered about them. No call throws for an answer that says
 * nothing (the server died, or took too long): it is followed by reading what is so.
 */
export type OwnObjects = {
  /** As the last answer said; undefined where there is none. */
  readonly find: (name: string) => Held | undefined;
  /** Gives the object a new state, making it where it is not there. */
  readonly put: (name: string, team: Team) => Promise<void>;
  readonly remove: (name: string, held: Held) => Promise<void>;
  /** Reads what is so. What is not there any more was `deleted`, or is not known to a copy that was `putBack`. */
  readonly observe: (name: string, how: "deleted" | "putBack") => Promise<void>;
};

export type Held = {
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

const RETRY_MS = 60;
const REQUEST_TIMEOUT_MS = 4_000;
const SETTLE_TIMEOUT_MS = 60_000;

export function createOwnObjects(deps: OwnObjectsDeps): OwnObjects {
  const { client, namespace } = deps;
  const collection = `/api/v1/namespaces/${namespace}/configmaps`;
  const book = createBook(deps.log);
  let steps = 0;
  const observe = async (name: string, how: "deleted" | "putBack"): Promise<void> =>
    book.learn(name, await untilAnswered(client, `${collection}/${name}`), how);
  return {
    find: book.find,
    observe,
    async put(name, team) {
      steps += 1;
      const before = book.find(name);
      const body = toConfigMap({ name, namespace, team, step: `${deps.id}-${steps}`, before });
      const request =
        before === undefined
          ? ({ method: "POST", path: collection } as const)
          : ({ method: "PUT", path: `${collection}/${name}` } as const);
      try {
        const answer = await client.request<Answer>({
          ...request,
          body,
          timeoutMs: REQUEST_TIMEOUT_MS,
        });
        book.learn(name, answer, "deleted");
      } catch {
        await observe(name, "deleted");
      }
    },
    async remove(name, { uid }) {
      const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } };
      const path = `${collection}/${name}`;
      try {
        await client.request({ method: "DELETE", path, body, timeoutMs: REQUEST_TIMEOUT_MS });
        book.learn(name, undefined, "deleted");
      } catch {
        await observe(name, "deleted");
      }
    },
  };
}

/** What is known of each name, and the log of how that changed. */
function createBook(log: TruthLog): {
  readonly find: (name: string) => Held | undefined;
  readonly learn: (name: string, answer: Answer | undefined, how: "deleted" | "putBack") => void;
} {
  const held = new Map<string, Held>();
  return {
    find: (name) => held.get(name),
    learn(name, answer, how) {
      const before = held.get(name);
      const uid = answer?.metadata.uid;
      if (before !== undefined && before.uid !== uid) {
        held.delete(name);
        log.tell(name, { type: "gone", uid: before.uid, how });
      }
      if (answer === undefined || uid === undefined) return;
      const { resourceVersion, labels } = answer.metadata;
      if (before?.uid === uid && before.resourceVersion === resourceVersion) return;
      const team = (labels?.["team"] ?? "none") as Team;
      held.set(name, { uid, resourceVersion, team });
      const step = answer.data?.["step"] ?? "";
      log.tell(name, { type: "state", uid, resourceVersion, team, step });
    },
  };
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
