import { describeError, isKubemendError, KubemendError } from "../../core/errors.ts";
import { readObject, type ReadObject } from "../../core/changes/read-object.ts";
import { toResourcePath } from "../../adapters/kubernetes/api/path.ts";
import type { Change } from "./change.ts";
import { askUntilAnswered, type FailedAttempt } from "../reflector/ask-until-answered.ts";
import type { Ending } from "../reflector/ending.ts";
import { readCurrentResourceVersion } from "../reflector/list.ts";
import type { WatchDeps, WatchTarget } from "../reflector/target.ts";

/** What became of an object that a watch no longer shows. `returned`: it is selected again, and the stream reports that next. */
export type Confirmation = "deleted" | "left" | "returned";

export type ConfirmDeps = WatchDeps & {
  readonly confirmed: (confirmation: Confirmation) => void;
  /** The cluster did not answer; it will be asked again after the wait. */
  readonly unconfirmed: (change: Change, error: KubemendError, waitMs: number) => void;
  /** The namespace is no longer selected: every living object there has left. */
  readonly outside?: boolean | undefined;
};

/** Whether an object can disappear from the watch and still exist in the cluster. */
export function isSelective(target: WatchTarget): boolean {
  return target.labelSelector !== undefined || target.fieldSelector !== undefined;
}

/**
 * Asks the cluster about an object that a watch with a selector no longer shows: DELETED is also what the server sends if only the
 * label was removed. If the same uid still exists the change becomes `left`, with the object and resourceVersion of the GET. Undefined
 * if it is selected again meanwhile, because the stream reports that, and if the signal was aborted.
 * Asks until there is an answer, with backoff: a deletion is never guessed.
 */
export async function confirmDeletion(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<Change | undefined> {
  const question = {
    target,
    ask: async (): Promise<
      { readonly answer: Change | "returned" } | { readonly ending: Ending }
    > => {
      try {
        return { answer: (await ask(deps, target, change, signal)) ?? "returned" };
      } catch (error) {
        return { ending: { type: "unreachable", error: toFailure(error) } };
      }
    },
    mayRetry: ({ ending, waitMs }: FailedAttempt): boolean => {
      if (ending.type === "unreachable") deps.unconfirmed(change, ending.error, waitMs);
      return true;
    },
  };
  const answer = await askUntilAnswered(deps, question, signal);
  if (answer === undefined) return undefined;
  if (answer === "returned") {
    deps.confirmed("returned");
    return undefined;
  }
  deps.confirmed(answer.change === "left" ? "left" : "deleted");
  return answer;
}

async function ask(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<Change | undefined> {
  const alive = await getOutside(deps, target, change, signal);
  if (alive === "returned") return undefined;
  if (alive === undefined) return toDeleted(deps, target, change, signal);
  const { object, resourceVersion, generation, truncated } = alive;
  const left = {
    ...change,
    change: "left",
    object,
    resourceVersion,
    generation,
    truncated,
  } as const;
  if (deps.outside !== true) return left;
  // A relay that was watching when the labels changed has compared nothing.
  return { ...left, gap: change.gap && change.onlyNamespace !== true, onlyNamespace: true };
}

/** An object that changes faster than it can be asked about must not hold up its watch. */
const MAX_LOOKS = 5;

/**
 * The object in a state in which it is not selected. GET and LIST happen at two moments: only an object that is the same before and
 * after "not selected" was in that state while it was outside. Undefined if it no longer exists.
 */
async function getOutside(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<ReadObject | "returned" | undefined> {
  // The resourceVersion of a DELETED is that of the write which took the object out of the selection.
  let outsideAt = change.resourceVersion;
  for (let look = 1; ; look += 1) {
    const alive = await getAlive(deps, target, change, signal);
    if (alive === undefined || deps.outside === true) return alive;
    if (alive.resourceVersion === outsideAt || look > MAX_LOOKS) return alive;
    // It may be selected again, and then `left` would be the last message.
    if (await isSelected(deps, target, change, signal)) return "returned";
    outsideAt = alive.resourceVersion;
  }
}

/**
 * What the stream still replays of a deleted object is older than the answer that it is deleted, and must not bring it back: the next
 * DELETED would have the id of this one, and SQS would drop it as a duplicate. So the deletion gets the current resourceVersion.
 */
async function toDeleted(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<Change> {
  const current = await readCurrentResourceVersion(deps, target, signal);
  if ("ending" in current) {
    const path = toResourcePath({ ...target.resource, ...toPlace(change) });
    throw new KubemendError("Unavailable", `LIST ${path}: no current resourceVersion`, TEMPORARY);
  }
  const seenVersion = change.resourceVersion;
  return { ...change, resourceVersion: current.resourceVersion, seenVersion };
}

/** The same uid, if it is still there. */
async function getAlive(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<ReadObject | undefined> {
  const path = toResourcePath({ ...target.resource, ...toPlace(change), name: change.name });
  let body: unknown;
  try {
    body = await deps.client.request({ method: "GET", path, deep: "wrapObject", signal });
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return undefined;
    throw error;
  }
  const read = readObject(body, target.resource, target.projection);
  if (!read.ok) throw new KubemendError("Invalid", `GET ${path}: ${read.error}`, TEMPORARY);
  return read.value.uid === change.uid ? read.value : undefined;
}

async function isSelected(
  deps: ConfirmDeps,
  target: WatchTarget,
  change: Change,
  signal: AbortSignal,
): Promise<boolean> {
  const path = toResourcePath({ ...target.resource, ...toPlace(change) });
  const byName = `metadata.name=${change.name}`;
  const fieldSelector =
    target.fieldSelector === undefined ? byName : `${target.fieldSelector},${byName}`;
  const query = { labelSelector: target.labelSelector, fieldSelector };
  const list = await deps.client.request({ method: "GET", path, query, deep: "wrapItems", signal });
  return readItems(list).some((item) => {
    const read = readObject(item, target.resource);
    return read.ok && read.value.uid === change.uid;
  });
}

function readItems(list: unknown): readonly unknown[] {
  if (typeof list !== "object" || list === null || !Object.hasOwn(list, "items")) return [];
  const { items } = list as { readonly items: unknown };
  return Array.isArray(items) ? items : [];
}

function toPlace({ namespace }: Change): { readonly namespace: string | null } {
  return { namespace: namespace === "" ? null : namespace };
}

const TEMPORARY = { retryable: true } as const;

function toFailure(error: unknown): KubemendError {
  if (isKubemendError(error)) return error;
  return new KubemendError("Unreachable", describeError(error), { ...TEMPORARY, cause: error });
}
