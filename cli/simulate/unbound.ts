import type { ChangeMessage } from "../../events/change.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { explainUnbound, findUnrecorded } from "../../core/simulate/explain-unbound.ts";
import type { Watch } from "../../core/pipeline/pipeline.ts";

/** Watches of one recording that are counted apart; a pipeline has a handful, and a file made by hand must not fill the memory. */
const MAX_WATCHES = 10_000;

export type UnboundWatch = {
  readonly watch: string;
  readonly reason: string;
  readonly changes: number;
};

/** Remembers which watches a recording holds, and which of them no rule is bound to. */
export type WatchRegister = {
  readonly see: (message: ChangeMessage) => void;
  /** The reason, told once a watch and then remembered. */
  readonly addUnbound: (message: ChangeMessage) => string;
  readonly unbound: () => readonly UnboundWatch[];
  /** Watches with rules that the recording has no change of. */
  readonly unrecorded: () => readonly Watch[];
};

export function createWatchRegister(pipeline: Pipeline): WatchRegister {
  const recorded = new Set<string>();
  const unbound = new Map<string, { reason: string; changes: number }>();
  return {
    see({ data }) {
      if (recorded.size < MAX_WATCHES) recorded.add(data.watch);
    },
    addUnbound(message) {
      const { watch } = message.data;
      const known = unbound.get(watch);
      if (known !== undefined) {
        known.changes += 1;
        return known.reason;
      }
      const reason = explainUnbound(pipeline, message);
      if (unbound.size < MAX_WATCHES) unbound.set(watch, { reason, changes: 1 });
      return reason;
    },
    unbound: () => Array.from(unbound, ([watch, found]) => ({ watch, ...found })),
    unrecorded: () => findUnrecorded(pipeline, recorded),
  };
}
