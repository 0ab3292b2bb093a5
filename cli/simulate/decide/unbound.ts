import type { ChangeMessage } from "../../../events/change.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";
import { explainUnbound, findUnrecorded } from "../../../core/simulate/explain-unbound.ts";
import type { Watch } from "../../../core/pipeline/pipeline.ts";

/** The most watches of one recording that are counted separately. A pipeline has a handful; a forged file must not fill the memory. */
const MAX_WATCHES = 10_000;

export type UnboundWatch = {
  readonly watch: string;
  readonly reason: string;
  readonly changes: number;
};

/** Remembers which watches a recording contains, and to which of them no rule is bound. */
export type WatchRegister = {
  readonly see: (message: ChangeMessage) => void;
  /** Returns the reason, which is derived once per watch and resource, and then remembered. */
  readonly addUnbound: (message: ChangeMessage) => string;
  readonly unbound: () => readonly UnboundWatch[];
  /** Watches with rules of which the recording has no change. */
  readonly unrecorded: () => readonly Watch[];
};

export function createWatchRegister(pipeline: Pipeline): WatchRegister {
  const recorded = new Set<string>();
  const unbound = new Map<string, { watch: string; reason: string; changes: number }>();
  return {
    see({ data }) {
      if (recorded.size < MAX_WATCHES) recorded.add(data.watch);
    },
    addUnbound(message) {
      const { watch, resource } = message.data;
      // Objects that no watch selects have one key for all resources.
      const key = `${watch} ${toResourceName(resource)}`;
      const known = unbound.get(key);
      if (known !== undefined) {
        known.changes += 1;
        return known.reason;
      }
      const reason = explainUnbound(pipeline, message);
      if (unbound.size < MAX_WATCHES) unbound.set(key, { watch, reason, changes: 1 });
      return reason;
    },
    unbound: () => [...unbound.values()],
    unrecorded: () => findUnrecorded(pipeline, recorded),
  };
}
