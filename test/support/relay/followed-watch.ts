import type { SqsEntryOutcome } from "../../../adapters/sqs/send-batch.ts";
import type { Journal } from "../../../adapters/journal/journal.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../core/errors.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import { parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import { systemClock, type Clock } from "../../../relay/runtime/clock.ts";
import type { PlannedWatch } from "../../../relay/plan/planned-watch.ts";
import { relay, type RelayDeps } from "../../../relay/relay.ts";
import { leadAlone } from "../../../relay/handover/leadership.ts";
import type { Report } from "../../../relay/observe/report.ts";
import { createRunState } from "../../../relay/observe/run-state.ts";
import type { WatchTarget } from "../../../relay/reflector/target.ts";
import { CONFIG_MAPS, ORIGIN } from "./change.ts";
import { TIMES } from "./reflector.ts";

export const SILENT: Report = {
  epoch: () => undefined,
  step: () => undefined,
  rolledBack: () => undefined,
  handoverGap: () => undefined,
  confirmed: () => undefined,
  unconfirmed: () => undefined,
  unanswerable: () => undefined,
  namespaceUnread: () => undefined,
  sent: () => undefined,
  accepted: () => undefined,
  refused: () => undefined,
  unsendable: () => undefined,
};

/** Sleeps are short, and let other tasks run. */
const QUICK: Clock = {
  ...systemClock,
  random: () => 0,
  sleep: (_durationMs, signal) => systemClock.sleep(1, signal),
};
const NEVER = new KubemendError("MessageRefused", "never", { retryable: false });
/** A message that has not arrived after this time will not arrive. */
const LIMIT_MS = 10_000;

/** A watch of ConfigMaps that sends all initial objects. */
export function plannedWatch(target: Partial<WatchTarget> = {}): PlannedWatch {
  const key = ORIGIN.watch;
  const initial = [{ key: "watch", ruleId: undefined }];
  return {
    key,
    name: "configmaps",
    target: { resource: CONFIG_MAPS, namespace: null, ...target },
    delivery: "latest",
    tracked: { key, resource: CONFIG_MAPS, selection: JSON.stringify(target), initial },
    origin: ORIGIN,
  };
}

/** Runs the whole relay on a client and a journal, with a queue that accepts everything that is not refused by the test, until `enough`. */
export async function runRelayUntil(options: {
  readonly client: KubernetesClient;
  readonly journal: Journal;
  readonly watches: readonly PlannedWatch[];
  /** Checked after each send and each step of a watch. */
  readonly enough: (messages: readonly ChangeMessage[]) => boolean;
  /** Selects messages that the queue never accepts. */
  readonly refuses?: (message: ChangeMessage) => boolean;
  readonly deps?: Partial<RelayDeps>;
}): Promise<readonly ChangeMessage[]> {
  const { client, journal, watches } = options;
  const stop = new AbortController();
  const messages: ChangeMessage[] = [];
  const deps: RelayDeps = {
    client,
    clock: QUICK,
    times: TIMES,
    watches,
    journal,
    leadership: leadAlone(journal),
    state: createRunState(),
    report: SILENT,
    send: async (entries): Promise<readonly SqsEntryOutcome[]> => {
      const outcomes = entries.map((entry): SqsEntryOutcome => {
        const parsed = parseChangeBody(entry.body);
        if (parsed.outcome === "refused") throw new Error(parsed.reason);
        if (options.refuses?.(parsed.value) === true) return { outcome: "refused", error: NEVER };
        messages.push(parsed.value);
        return { outcome: "accepted", messageId: "m" };
      });
      if (options.enough(messages)) stop.abort();
      return outcomes;
    },
    ...options.deps,
  };
  const { step } = deps.report;
  const report: Report = {
    ...deps.report,
    step(watch, one) {
      step(watch, one);
      if (options.enough(messages)) stop.abort();
    },
  };
  await relay({ ...deps, report }, AbortSignal.any([stop.signal, AbortSignal.timeout(LIMIT_MS)]));
  return messages;
}

/** `left a@5`. */
export function summarizeMessage({ data }: ChangeMessage): string {
  return `${data.change} ${data.object.metadata.name}@${data.resourceVersion}`;
}
