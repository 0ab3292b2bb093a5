import { readObject } from "../core/changes/read-object.ts";
import type { WatchLedger } from "./delivery/watch-ledger.ts";
import type { Ending } from "./reflector/ending.ts";
import { toBestEncoding, toPlainerEncoding } from "./reflector/encoding.ts";
import { listAll } from "./reflector/list.ts";
import { createBackoff } from "./reflector/backoff.ts";
import { planReaction, type Reaction } from "./reflector/reaction.ts";
import type { WatchDeps, WatchTarget } from "./reflector/target.ts";

export type ListPredecessorDeps = WatchDeps & {
  readonly ledger: Pick<WatchLedger, "formerToAsk" | "formerAsked" | "adopt">;
  /** The history does not reach back so far: what was sent, and is gone since, is not told. */
  readonly handoverGap: (ending: Ending) => void;
};

/**
 * Before a snapshot is compared: what the relay before may have delivered, and this one never saw. That is all that there was at
 * its last checkpoint, which the cluster still knows unless its history was compacted, and what the Lease names beyond.
 * Asks until there is an answer, paced. Nothing is done where this relay's own stream has no hole.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resourceversion-in-list (Exact)
 */
export async function listPredecessor(
  deps: ListPredecessorDeps,
  target: WatchTarget,
  isSelected: (namespace: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { ledger, clock, times } = deps;
  const former = ledger.formerToAsk();
  if (former === undefined) return;
  for (const sent of former.sent) ledger.adopt(sent);
  const pace = createBackoff({ minMs: times.backoffMinMs, maxMs: times.backoffMaxMs }, clock);
  let encoding = toBestEncoding({ ...target, projection: "metadata" });
  while (former.resourceVersion !== "" && !signal.aborted) {
    const asked: WatchTarget = { ...target, projection: "metadata", encoding };
    const ending = await adoptList(deps, asked, { at: former.resourceVersion, isSelected }, signal);
    if (ending === undefined) break;
    const reaction = planReaction(ending, { mode: "listWatch", heard: false, encoding });
    if (reaction.plainer) encoding = toPlainerEncoding(encoding);
    else if (FINAL.has(reaction.cause)) {
      deps.handoverGap(ending);
      break;
    }
    const pacedMs = pace.next({ progressed: false, livedMs: 0 });
    await clock.sleep(Math.max(reaction.atLeastMs, pacedMs), signal);
  }
  if (!signal.aborted) ledger.formerAsked();
}

/** The ending where it did not come to its own. */
async function adoptList(
  deps: ListPredecessorDeps,
  target: WatchTarget,
  wanted: { readonly at: string; readonly isSelected: (namespace: string) => boolean },
  signal: AbortSignal,
): Promise<Ending | undefined> {
  for await (const heard of listAll(deps, target, signal, wanted.at)) {
    if (heard.type === "ENDED") return heard.ending;
    if (heard.type === "LISTED") return undefined;
    for (const item of heard.items) {
      const read = readObject(item, target.resource, "metadata");
      if (read.ok && wanted.isSelected(read.value.namespace)) deps.ledger.adopt(read.value);
    }
  }
  return undefined;
}

/** Compacted, of another history, or not served: it is the same however often one asks. */
const FINAL: ReadonlySet<Reaction["cause"]> = new Set([
  "expired",
  "tooLargeResourceVersion",
  "refused",
  "absent",
  "unreadable",
]);
