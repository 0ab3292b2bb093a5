import { createLeaseStore } from "../../../adapters/kubernetes/lease/lease.ts";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import type { Journal } from "../../../adapters/journal/journal.ts";
import type { LeaseCheckpoint } from "../../../relay/handover/annotations.ts";
import type { Publication } from "../../../relay/handover/leadership.ts";
import { LeaseLeadership } from "../../../relay/handover/lease-leadership.ts";
import type { HandoverReport } from "../../../relay/handover/report.ts";
import { createLeaseServer, type LeaseServer } from "../kubernetes/lease-server.ts";
import { temporaryFolder } from "../host/temporary-folder.ts";
import { createVirtualClock, settle, type VirtualClock } from "../host/virtual-clock.ts";

const TIMES = { durationMs: 9_000, renewDeadlineMs: 6_000, retryMs: 1_500 };

/** A relay that is a candidate in an election. */
export type Candidate = {
  readonly leadership: LeaseLeadership;
  readonly journal: Journal;
  readonly reports: readonly string[];
  /** Rejects if the election ends with an error. */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Relays that share one Lease, on a clock that a test controls. */
export type ElectionScene = AsyncDisposable & {
  readonly clock: VirtualClock;
  readonly server: LeaseServer;
  readonly newJournal: () => Journal;
  readonly join: (identity: string, journal?: Journal) => Candidate;
  readonly annotation: (name: string) => string | undefined;
  /** From now on no request of that holder reaches the server. */
  readonly disconnect: (identity: string) => Promise<void>;
};

export function createElectionScene(): ElectionScene {
  const clock = createVirtualClock();
  const server = createLeaseServer();
  const cleanUp = new AsyncDisposableStack();
  const newJournal = (): Journal => {
    const folder = cleanUp.use(temporaryFolder());
    const journal = openJournal({ stateDir: folder.path, clusterUid: "c" });
    cleanUp.defer(() => journal.close());
    return journal;
  };
  return {
    clock,
    server,
    newJournal,
    join(identity, journal = newJournal()) {
      const reports: string[] = [];
      const { client } = server;
      const { wallMs } = clock;
      const store = createLeaseStore({ client, namespace: "ns", name: "relay", wallMs });
      const report = createListReport(reports);
      const leadership = new LeaseLeadership({
        store,
        journal,
        identity,
        times: TIMES,
        clock,
        report,
      });
      const stop = new AbortController();
      const ended = leadership.run(stop.signal);
      const finish = async (): Promise<void> => {
        stop.abort();
        await ended.catch(() => undefined);
      };
      cleanUp.defer(finish);
      return { leadership, journal, reports, ended, stop: finish };
    },
    annotation: (name) => server.lease()?.metadata.annotations?.[`kubemend.dev/${name}`],
    async disconnect(identity) {
      server.trouble = ({ body }) => {
        const holder = (body as { spec?: { holderIdentity?: string } } | undefined)?.spec
          ?.holderIdentity;
        return holder === identity ? "unreachable" : undefined;
      };
      await settle();
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

function createListReport(reports: string[]): HandoverReport {
  return {
    observed: () => undefined,
    standingBy: (holder) => void reports.push(`standby of ${holder}`),
    acquired: ({ from, rollback }) =>
      void reports.push(`acquired from ${from || "nobody"}${rollback ? ", rollback" : ""}`),
    renewed: () => undefined,
    failed: (message) => void reports.push(`failed: ${message}`),
    lost: (why) => void reports.push(`lost: ${why}`),
    released: () => void reports.push("released"),
    checkpointsTooLarge: () => void reports.push("too large"),
  };
}

/** What `relay()` does when its term begins. */
export async function raiseEpoch({ leadership }: Candidate): Promise<void> {
  await leadership.raiseEpoch(new AbortController().signal);
}

export function isLeader({ leadership }: Candidate): boolean {
  return leadership.term() !== undefined;
}

export const CHECKPOINT: LeaseCheckpoint = {
  resourceVersion: "7",
  selection: "s",
  initial: [],
  history: 0,
  namespaces: "",
  sent: [],
};

/** The checkpoint that a leader publishes for the watch `w`. */
export function publication(checkpoint: LeaseCheckpoint = CHECKPOINT): Publication {
  return { checkpoints: new Map([["w", checkpoint]]), written: () => undefined };
}
