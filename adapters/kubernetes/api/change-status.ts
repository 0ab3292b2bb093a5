import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "../http/client.ts";
import { isLost } from "./unchanged.ts";

/** The fields that are needed to write the status of an object of any kind. */
export type WithStatus = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly [field: string]: unknown;
  };
  readonly status?: unknown;
};

/** The decision about a status: the new one, or nothing to write; with an answer for the caller. */
export type StatusDecision<Status, Answer> =
  | { readonly outcome: "write"; readonly status: Status; readonly answer: Answer }
  | { readonly outcome: "keep"; readonly answer: Answer };

export type StatusChange<Found extends WithStatus, Answer> =
  | { readonly outcome: "saved"; readonly object: Found; readonly answer: Answer }
  /** The decision was to write nothing. */
  | { readonly outcome: "kept"; readonly object: Found; readonly answer: Answer }
  /** Others wrote first at every attempt: nothing was written. `answer` is that of the last decision, which does not hold. */
  | { readonly outcome: "contended"; readonly object: Found; readonly answer: Answer };

const ATTEMPTS_MAX = 3;
/** The pause after a conflict is drawn from 0 to this, and to twice as much after each further one, so that writers spread out. */
const FIRST_PAUSE_MAX_MS = 100;
const PAUSE_MAX_MS = 1_000;

/**
 * Changes the status of an object that several functions write: reads its newest state, decides by that, and writes the status under the
 * uid and the resourceVersion that were read. If somebody else has written since, it reads and decides again, a few times at most.
 * `decide` must be pure apart from what it returns: it may be called again, and only its last answer counts.
 *
 * @returns what `decide` answered on the state that was written over. Throws the KubemendError of a request that fails for any other
 * reason than a conflict; whether the status was written is then unknown.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export async function changeStatus<Found extends WithStatus, Status, Answer>(
  deps: {
    readonly client: KubernetesClient;
    /** The newest state. It creates the object if there is none. */
    readonly read: (signal: AbortSignal) => Promise<Found>;
    /** API path of the object, without the subresource. */
    readonly toPath: (object: Found) => string;
    readonly decide: (
      object: Found,
    ) => StatusDecision<Status, Answer> | Promise<StatusDecision<Status, Answer>>;
    /** How often it is tried at most; default 3. */
    readonly attempts?: number | undefined;
    /** The longest pause after the first conflict, in ms; default 100. */
    readonly firstPauseMaxMs?: number | undefined;
    /** Default: pauses the process. */
    readonly pause?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
  },
  signal: AbortSignal,
): Promise<StatusChange<Found, Answer>> {
  const { read, decide, pause = pauseProcess } = deps;
  const { attempts = ATTEMPTS_MAX, firstPauseMaxMs = FIRST_PAUSE_MAX_MS } = deps;
  for (let attempt = 1; ; attempt += 1) {
    const object = await read(signal);
    const decision = await decide(object);
    const { answer } = decision;
    if (decision.outcome === "keep") return { outcome: "kept", object, answer };
    const saved = await replaceStatus(deps, object, decision.status, signal);
    if (saved !== undefined) return { outcome: "saved", object: saved, answer };
    if (attempt >= attempts) return { outcome: "contended", object, answer };
    await pause(
      Math.random() * Math.min(PAUSE_MAX_MS, firstPauseMaxMs * 2 ** (attempt - 1)),
      signal,
    );
  }
}

/** The object as the API server has stored it; undefined if somebody else has written or deleted it since it was read. */
async function replaceStatus<Found extends WithStatus>(
  {
    client,
    toPath,
  }: { readonly client: KubernetesClient; readonly toPath: (object: Found) => string },
  object: Found,
  status: unknown,
  signal: AbortSignal,
): Promise<Found | undefined> {
  try {
    return await client.request<Found>({
      method: "PUT",
      path: `${toPath(object)}/status`,
      body: { ...object, status },
      signal,
    });
  } catch (error) {
    if (isLost(error)) return undefined;
    throw error;
  }
}

async function pauseProcess(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}
