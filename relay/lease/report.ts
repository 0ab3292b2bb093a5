import type { Logger } from "pino";
import { Counter, Gauge, type Registry } from "prom-client";

/** Tells operators about the Lease: in metrics each time, in the log where it is news. */
export type LeaseReport = {
  /** It was read, with this epoch. */
  readonly observed: (epoch: number) => void;
  readonly standingBy: (holder: string) => void;
  readonly acquired: (facts: {
    readonly from: string;
    readonly epoch: number;
    readonly rollback: boolean;
  }) => void;
  readonly renewed: () => void;
  /** A request about it failed; it is tried again. */
  readonly failed: (message: string) => void;
  readonly lost: (why: string) => void;
  readonly released: () => void;
  readonly checkpointsTooLarge: () => void;
};

export function createLeaseReport(deps: {
  readonly log: Logger;
  readonly registry: Registry;
  readonly lease: string;
}): LeaseReport {
  const { log, lease } = deps;
  const metrics = createLeaseMetrics(deps.registry);
  let known = "";
  let trouble = "";
  let isTooLarge = false;
  const recovered = (): void => {
    if (trouble !== "") log.info({ lease }, "the Lease can be written and read again");
    trouble = "";
  };
  return {
    observed(epoch) {
      metrics.leaseEpoch.set(epoch);
      recovered();
    },
    standingBy(holder) {
      if (known === holder) return;
      known = holder;
      metrics.active.set(0);
      log.info({ lease, holder }, "standing by: another relay holds the Lease");
    },
    acquired({ from, epoch, rollback }) {
      known = "";
      metrics.active.set(1);
      metrics.takeovers.inc();
      log.info({ lease, from, epoch }, "active: this relay holds the Lease");
      if (!rollback) return;
      log.warn(
        { lease, epoch },
        "the cluster's history went back: the Lease is gone or older than the journal knows it; all objects are sent again",
      );
    },
    renewed() {
      metrics.renewals.inc();
      recovered();
    },
    failed(message) {
      metrics.failures.inc();
      if (trouble === message) return;
      trouble = message;
      log.warn({ lease }, `${message}; the Lease is tried again`);
    },
    lost(why) {
      metrics.active.set(0);
      metrics.losses.inc();
      log.warn({ lease }, `the Lease is lost, nothing is sent any more: ${why}`);
    },
    released() {
      metrics.active.set(0);
      log.info({ lease }, "the Lease is given free");
    },
    checkpointsTooLarge() {
      if (isTooLarge) return;
      isTooLarge = true;
      log.error(
        { lease },
        "the checkpoints of all watches are too large for a Lease and are left out: a relay that stands by will be full, and send again; use fewer watches",
      );
    },
  };
}

function createLeaseMetrics(registry: Registry) {
  const registers = [registry];
  return {
    active: new Gauge({
      name: "kubemend_relay_lease_active",
      help: "1 while this relay holds the Lease and sends, 0 while it stands by.",
      registers,
    }),
    leaseEpoch: new Gauge({
      name: "kubemend_relay_lease_epoch",
      help: "The epoch that stood in the Lease when this relay read it last.",
      registers,
    }),
    takeovers: new Counter({
      name: "kubemend_relay_lease_acquisitions_total",
      help: "Times that this relay has taken the Lease.",
      registers,
    }),
    renewals: new Counter({
      name: "kubemend_relay_lease_renewals_total",
      help: "Renewals of the Lease that succeeded.",
      registers,
    }),
    failures: new Counter({
      name: "kubemend_relay_lease_failures_total",
      help: "Requests about the Lease that failed.",
      registers,
    }),
    losses: new Counter({
      name: "kubemend_relay_lease_losses_total",
      help: "Times that this relay has lost the Lease without giving it free.",
      registers,
    }),
  };
}
