import { readObject } from "../core/changes/read-object.ts";
import type { Predecessor } from "./handover/predecessor.ts";
import {
  askUntilAnswered,
  type Attempt,
  type FailedAttempt,
} from "./reflector/ask-until-answered.ts";
import type { Ending } from "./reflector/ending.ts";
import { listAll } from "./reflector/list.ts";
import type { Reaction } from "./reflector/reaction.ts";
import type { WatchDeps, WatchTarget } from "./reflector/target.ts";

export type ListPredecessorDeps = WatchDeps & {
  readonly predecessor: Pick<Predecessor, "toList" | "distrust" | "adopt" | "listed">;
  /** The history does not reach back far enough: deletions of what the previous leader published may never be reported. */
  readonly handoverGap: (ending: Ending) => void;
};

/**
 * Before a snapshot is compared: finds what the previous leader may have delivered and this relay never saw. That is every object at
 * its last checkpoint, which the cluster still knows unless its history was compacted, and the objects that the Lease names beyond
 * it. Asks until there is an answer, with backoff. Does nothing if this relay's own stream has no hole.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resourceversion-in-list (Exact)
 */
export async function listPredecessor(
  deps: ListPredecessorDeps,
  target: WatchTarget,
  isSelected: (namespace: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { predecessor } = deps;
  const progress = predecessor.toList();
  if (progress === undefined) return;
  predecessor.distrust();
  for (const sent of progress.sent) predecessor.adopt(sent);
  const { resourceVersion } = progress;
  if (resourceVersion !== "") {
    const question = {
      target: { ...target, projection: "metadata" } as const,
      ask: (asked: WatchTarget) => adoptList(deps, asked, { resourceVersion, isSelected }, signal),
      mayRetry: ({ ending, reaction }: FailedAttempt): boolean => {
        if (reaction.plainer || !FINAL.has(reaction.cause)) return true;
        deps.handoverGap(ending);
        return false;
      },
    };
    await askUntilAnswered(deps, question, signal);
  }
  if (!signal.aborted) predecessor.listed();
}

async function adoptList(
  deps: ListPredecessorDeps,
  target: WatchTarget,
  wanted: {
    readonly resourceVersion: string;
    readonly isSelected: (namespace: string) => boolean;
  },
  signal: AbortSignal,
): Promise<Attempt<"adopted">> {
  for await (const part of listAll(deps, target, signal, wanted.resourceVersion)) {
    if (part.type === "ENDED") return { ending: part.ending };
    if (part.type === "LISTED") break;
    if (part.type === "RESTARTED") continue;
    for (const item of part.items) {
      const read = readObject(item, target.resource, "metadata");
      if (read.ok && wanted.isSelected(read.value.namespace)) deps.predecessor.adopt(read.value);
    }
  }
  return { answer: "adopted" };
}

/** Compacted, of another history, or not served: asking again would not change the answer. */
const FINAL: ReadonlySet<Reaction["cause"]> = new Set([
  "expired",
  "tooLargeResourceVersion",
  "refused",
  "absent",
  "unreadable",
]);
