import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Registry } from "prom-client";
import type { Logger } from "pino";
import type { Journal } from "../../adapters/journal/journal.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { createLeaseStore } from "../../adapters/kubernetes/lease/lease.ts";
import { createLeaseReport } from "../lease/report.ts";
import type { LeaseTimes } from "../lease/term.ts";
import type { Clock } from "../runtime/clock.ts";
import { runTogether } from "../runtime/run-together.ts";
import { leadAlone, type Leadership } from "./leadership.ts";
import { SharedLeadership } from "./shared-leadership.ts";

export type ElectionDeps = {
  /** Undefined for the only relay. */
  readonly lease: { readonly namespace: string; readonly name: string } | undefined;
  readonly times: LeaseTimes;
  readonly client: KubernetesClient;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
};

/** A leadership, and how to take part in it. */
export type Election = {
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

export function createElection(deps: ElectionDeps): Election {
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
  const leadership = new SharedLeadership({
    store,
    journal,
    clock,
    times: deps.times,
    identity: toIdentity(journal),
    report: createLeaseReport({ ...deps, lease: store.name }),
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
