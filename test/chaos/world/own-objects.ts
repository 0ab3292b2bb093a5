import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { TooDeep } from "../../../core/changes/too-deep.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { Team, TruthLog } from "../check/truth.ts";

/** Label that the objects of one round share. */
export const ROUND_LABEL = "chaos-round";

/** Names the state of an object that may arrive without its body. */
export const STEP_ANNOTATION = "chaos-step";

export type OwnResource = "configmaps" | "things";

const RESOURCES = {
  configmaps: { root: "/api/v1", apiVersion: "v1", kind: "ConfigMap" },
  things: {
    root: "/apis/chaos.kubemend.dev/v1",
    apiVersion: "chaos.kubemend.dev/v1",
    kind: "Thing",
  },
} as const satisfies Record<OwnResource, object>;

/** The fields of an object besides its label and its step. */
export type Content = {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
};

export type OwnObjectsDeps = {
  /** Default: ConfigMaps. */
  readonly resource?: OwnResource | undefined;
  /** Connects directly to the API server: its answers are the truth, and faults between it and the relay do not affect them. */
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly log: TruthLog;
  /** The writer that owns the objects; no other writer changes them. */
  readonly id: string;
};

/**
 * Objects of one writer, and the log of the API server's answers about them. No call throws if the outcome is unknown
 * (the server died, or took too long): the current state is read instead.
 */
export type OwnObjects = {
  /** The object as of the last answer; undefined if there is none. */
  readonly find: (name: string) => Held | undefined;
  /** Updates the object, or creates it if it does not exist. */
  readonly put: (name: string, team: Team, content?: Content) => Promise<void>;
  readonly remove: (name: string, held: Held) => Promise<void>;
  /** Reads the current state. An object that no longer exists was `deleted`, or undone because etcd was `rolled back`. */
  readonly observe: (name: string, how: "deleted" | "rolled back") => Promise<void>;
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
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
};

const RETRY_MS = 60;
const REQUEST_TIMEOUT_MS = 4_000;
const SETTLE_TIMEOUT_MS = 60_000;

export function createOwnObjects(deps: OwnObjectsDeps): OwnObjects {
  const { client, namespace, resource = "configmaps" } = deps;
  const collection = `${RESOURCES[resource].root}/namespaces/${namespace}/${resource}`;
  const book = createBook(deps.log);
  let steps = 0;
  const observe = async (name: string, how: "deleted" | "rolled back"): Promise<void> =>
    book.learn(name, await untilAnswered(client, `${collection}/${name}`), how);
  return {
    find: book.find,
    observe,
    async put(name, team, content) {
      steps += 1;
      const before = book.find(name);
      const step = `${deps.id}-${steps}`;
      const body = toBody({ resource, name, namespace, team, step, before, content });
      const request =
        before === undefined
          ? ({ method: "POST", path: collection } as const)
          : ({ method: "PUT", path: `${collection}/${name}` } as const);
      try {
        const answer = await client.request({
          ...request,
          body,
          timeoutMs: REQUEST_TIMEOUT_MS,
          deep: "wrapObject",
        });
        book.learn(name, toAnswer(answer), "deleted");
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

/** The last known state of each name, and the log of its changes. */
function createBook(log: TruthLog): {
  readonly find: (name: string) => Held | undefined;
  readonly learn: (
    name: string,
    answer: Answer | undefined,
    how: "deleted" | "rolled back",
  ) => void;
} {
  const held = new Map<string, Held>();
  return {
    find: (name) => held.get(name),
    learn(name, answer, how) {
      const before = held.get(name);
      const uid = answer?.metadata.uid;
      if (before !== undefined && before.uid !== uid) {
        held.delete(name);
        log.record(name, { type: "gone", uid: before.uid, how });
      }
      if (answer === undefined || uid === undefined) return;
      const { resourceVersion, labels } = answer.metadata;
      if (before?.uid === uid && before.resourceVersion === resourceVersion) return;
      const team = (labels?.["team"] ?? "none") as Team;
      held.set(name, { uid, resourceVersion, team });
      const step = answer.data?.["step"] ?? answer.metadata.annotations?.[STEP_ANNOTATION] ?? "";
      log.record(name, { type: "state", uid, resourceVersion, team, step });
    },
  };
}

/** An object that is nested too deep is wrapped, and its metadata is all that is asked for here. */
function toAnswer(body: unknown): Answer {
  return (body instanceof TooDeep ? body.value : body) as Answer;
}

function toBody(input: {
  readonly resource: OwnResource;
  readonly content: Content | undefined;
  readonly name: string;
  readonly namespace: string;
  readonly team: Team;
  readonly step: string;
  readonly before: Held | undefined;
}): object {
  const { resource, name, namespace, team, step, before, content } = input;
  const { apiVersion, kind } = RESOURCES[resource];
  const labels = { [ROUND_LABEL]: namespace, ...(team === "none" ? {} : { team }) };
  const identity =
    before === undefined ? {} : { uid: before.uid, resourceVersion: before.resourceVersion };
  const metadata = { name, namespace, labels, ...identity };
  if (content === undefined) return { apiVersion, kind, metadata, data: { step } };
  const annotations = { ...content.annotations, [STEP_ANNOTATION]: step };
  const { annotations: _annotations, ...body } = content;
  return { apiVersion, kind, metadata: { ...metadata, annotations }, ...body };
}

/** The object, or undefined if the server answers that there is none. */
async function untilAnswered(client: KubernetesClient, path: string): Promise<Answer | undefined> {
  const deadline = performance.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    try {
      const request = { method: "GET", path, timeoutMs: REQUEST_TIMEOUT_MS } as const;
      return toAnswer(await client.request({ ...request, deep: "wrapObject" }));
    } catch (error) {
      if (isKubemendError(error, "NotFound")) return undefined;
      if (performance.now() > deadline) throw error;
    }
    await sleep(RETRY_MS);
  }
}
