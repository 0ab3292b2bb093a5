import type { Journal } from "../../adapters/journal/journal.ts";
import type { Recording } from "../../adapters/recording/open-recording.ts";
import { ChangeBuffer } from "../../relay/delivery/buffer.ts";
import type { PlannedWatch } from "../../relay/plan/planned-watch.ts";
import { relay } from "../../relay/relay.ts";
import { leadAlone } from "../../relay/handover/leadership.ts";
import { createRenderer, renewEpoch } from "../../relay/delivery/render-message.ts";
import type { Report } from "../../relay/observe/report.ts";
import type { WatchDeps } from "../../relay/reflector/target.ts";

/** As the relay's: a disk that is slower than the cluster makes the reading slower. */
const BUFFER_LIMITS = { maxObjects: 10_000, maxBytes: 64 * 1024 * 1024 };

export type RecordDeps = WatchDeps & {
  readonly watches: readonly PlannedWatch[];
  /** New and empty: a recording begins as a relay's first start does. */
  readonly journal: Journal;
  readonly recording: Pick<Recording, "append">;
  readonly report: Report;
};

/**
 * Relays into a file instead of a queue: the same messages, redacted alike, in order for each object. A change counts as
 * delivered when it is in the file. Runs until it is stopped, and then writes what it has in hand.
 * Throws what `append` throws, and `Forbidden` where no watch at all may be read.
 */
export async function recordChanges(deps: RecordDeps, signal: AbortSignal): Promise<void> {
  const { watches, journal, recording } = deps;
  const render = createRenderer(watches, () => journal.epoch());
  await relay(
    {
      ...deps,
      buffer: new ChangeBuffer(BUFFER_LIMITS, render),
      leadership: leadAlone(journal),
      renewEpoch,
      async send(entries) {
        await recording.append(entries.map(({ body }) => body));
        return entries.map((_, index) => ({ outcome: "accepted", messageId: String(index) }));
      },
      statuses: new Map(),
      checkpointMovedAtMs: new Map(),
    },
    signal,
  );
}
