import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Journal } from "../../adapters/journal/journal.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { createLeaseStore } from "../../adapters/kubernetes/lease/lease.ts";
import type { LeaseTimes } from "../lease/term.ts";
import type { Clock } from "../runtime/clock.ts";
import { runTogether } from "../runtime/run-together.ts";
import { leadAlone, type Leadership } from "./leadership.ts";
import { LeaseLeadership } from "./lease-leadership.ts";
import type { HandoverReport } from "./report.ts";

export type CandidateDeps = {
  /** Undefined for the only relay. */
  readonly lease: { readonly namespace: string; readonly name: string } | undefined;
  readonly times: LeaseTimes;
  readonly client: KubernetesClient;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Reports on the Lease of this name. */
  readonly createReport: (lease: string) => HandoverReport;
};

/** This process in the election among the relays of a cluster: its leadership, and how it takes part. */
export type Candidate = {
  readonly leadership: Leadership;
  /** Whether it is known who leads. */
  readonly isKnown: () => boolean;
  /** Why nobody can lead; undefined if nothing prevents it. */
  readonly problem: () => string | undefined;
  /** Takes part while `work` runs, and releases the Lease when that has ended. Throws what either throws. */
  readonly during: (
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>;
};

export function createCandidate(deps: CandidateDeps): Candidate {
  const { lease, clock, journal } = deps;
  if (lease === undefined) {
    const leadership = leadAlone(journal);
    return {
      leadership,
      isKnown: () => true,
      problem: () => undefined,
      during: (work, signal) => work(signal),
    };
  }
  const store = createLeaseStore({ client: deps.client, ...lease, wallMs: clock.wallMs });
  const leadership = new LeaseLeadership({
    store,
    journal,
    clock,
    times: deps.times,
    identity: toIdentity(journal),
    report: deps.createReport(store.name),
  });
  return {
    leadership,
    isKnown: () => leadership.isKnown(),
    problem: () => leadership.problem(),
    async during(work, signal) {
      const over = new AbortController();
      const takePart = (failed: AbortSignal): Promise<void> =>
        leadership.run(AbortSignal.any([failed, over.signal]));
      const relay = (failed: AbortSignal): Promise<void> =>
        work(AbortSignal.any([failed, signal])).finally(() => over.abort());
      // A relay that is stopped holds the Lease until what is in flight has ended.
      await runTogether([takePart, relay], new AbortController().signal);
    },
  };
}

/**
 * An identity for each journal, which only one process at a time can have open: a relay that is restarted finds its own name in the
 * Lease, knows that its previous process is over, and need not wait. The host's name is part of it, so that a copied folder has
 * another identity.
 */
function toIdentity(journal: Journal): string {
  const known = journal.note("identity");
  const id = known ?? randomUUID();
  if (known === undefined) {
    journal.stageNote("identity", id);
    journal.commit();
  }
  return `${hostname()}_${id}`;
}
