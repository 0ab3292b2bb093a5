import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Registry } from "prom-client";
import type { Logger } from "pino";
import type { Journal } from "../../adapters/journal/journal.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { createLeaseStore } from "../../adapters/kubernetes/lease/lease.ts";
import type { Clock } from "../runtime/clock.ts";
import type { RelayConfig } from "../config.ts";
import { runTogether } from "../runtime/run-together.ts";
import { Elector } from "../lease/elector.ts";
import { leadAlone, type Leadership } from "./leadership.ts";
import { createLeaseReport } from "../lease/report.ts";

export type LeadershipDeps = {
  readonly config: Pick<RelayConfig, "lease" | "leaseTimes">;
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
  /** Takes part while `work` runs; the Lease is given free when that has ended. Throws what either throws. */
  readonly during: (
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>;
};

export function createElection(deps: LeadershipDeps): Election {
  const { lease, leaseTimes } = deps.config;
  if (lease === undefined) {
    const leadership = leadAlone(deps.journal);
    return { leadership, isKnown: () => true, during: (work, signal) => work(signal) };
  }
  const { clock, journal } = deps;
  const store = createLeaseStore({ client: deps.client, ...lease, wallMs: clock.wallMs });
  const elector = new Elector({
    store,
    journal,
    clock,
    times: leaseTimes,
    identity: toIdentity(journal),
    report: createLeaseReport({ ...deps, lease: store.name }),
  });
  return {
    leadership: elector,
    isKnown: () => elector.isKnown(),
    async during(work, signal) {
      const over = new AbortController();
      const take = (failed: AbortSignal): Promise<void> =>
        elector.run(AbortSignal.any([failed, over.signal]));
      const relay = (failed: AbortSignal): Promise<void> =>
        work(AbortSignal.any([failed, signal])).finally(() => over.abort());
      // Told to stop, it holds the Lease until what is in flight has ended.
      await runTogether([take, relay], new AbortController().signal);
    },
  };
}

/**
 * Of this journal, which one process at a time can have open: a relay that is started again finds its own name in the Lease,
 * knows that its former life is over, and need not wait. With the host's name, so that a copied folder has another.
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
