import type { Journal } from "../../adapters/journal/journal.ts";
import type { Recording } from "../../adapters/recording/open-recording.ts";
import type { PlannedWatch } from "../../relay/plan/planned-watch.ts";
import { relay } from "../../relay/relay.ts";
import { leadAlone } from "../../relay/handover/leadership.ts";
import type { Report } from "../../relay/observe/report.ts";
import { createRunState, type RunState } from "../../relay/observe/run-state.ts";
import type { WatchDeps } from "../../relay/reflector/target.ts";

export type RecordDeps = WatchDeps & {
  readonly watches: readonly PlannedWatch[];
  /** New and empty: a recording starts like a relay's first run. */
  readonly journal: Journal;
  readonly recording: Pick<Recording, "append">;
  readonly report: Report;
  /** Shows how much is on its way; default: nobody asks. */
  readonly state?: RunState | undefined;
};

/**
 * Relays into a file instead of a queue: the same messages, redacted in the same way, in order for each object. A change counts
 * as delivered when it is in the file; if the disk is slower than the cluster, reading slows down. Runs until it is stopped, and then writes the changes that it still holds.
 * Throws what `append` throws, and `Forbidden` if it may not read any of the watches.
 */
export async function recordChanges(deps: RecordDeps, signal: AbortSignal): Promise<void> {
  const { journal, recording, state = createRunState() } = deps;
  await relay(
    {
      ...deps,
      leadership: leadAlone(journal),
      async send(entries) {
        await recording.append(entries.map(({ body }) => body));
        return entries.map((_, index) => ({ outcome: "accepted", messageId: String(index) }));
      },
      state,
    },
    signal,
  );
}
