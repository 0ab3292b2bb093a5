import type { Logger } from "pino";
import { Counter, Gauge, type Registry } from "prom-client";
import type { HandoverReport } from "../handover/report.ts";
import type { LeaseRequest } from "../lease/report.ts";

/** Reports on the Lease: in the metrics each time, in the log when something has changed. */
export function createLeaseReport(deps: {
  readonly log: Logger;
  readonly registry: Registry;
  readonly lease: string;
}): HandoverReport {
  const { log, lease } = deps;
  const metrics = createLeaseMetrics(deps.registry);
  let reportedHolder = "";
  let lastFailure = "";
  let failing: LeaseRequest = "read";
  let isTooLarge = false;
  const recovered = (): void => {
    if (lastFailure !== "") log.info({ lease }, "requests for the Lease succeed again");
    lastFailure = "";
  };
  return {
    observed(epoch) {
      metrics.leaseEpoch.set(epoch);
      if (failing === "read") recovered();
    },
    standingBy(holder) {
      recovered();
      if (reportedHolder === holder) return;
      reportedHolder = holder;
      metrics.active.set(0);
      log.info({ lease, holder }, "standby: another relay holds the Lease");
    },
    acquired({ from, epoch, rollback }) {
      recovered();
      reportedHolder = "";
      metrics.active.set(1);
      metrics.takeovers.inc();
      log.info({ lease, from, epoch }, "leader: this relay holds the Lease");
      if (!rollback) return;
      log.warn(
        { lease, epoch },
        "etcd rollback: the Lease is missing or older than the journal knows it; all objects are sent again",
      );
    },
    renewed() {
      metrics.renewals.inc();
      recovered();
    },
    failed(message, request) {
      metrics.failures.inc();
      failing = request;
      if (lastFailure === message) return;
      lastFailure = message;
      log.warn({ lease }, `${message}; the request for the Lease will be retried`);
    },
    lost(why) {
      metrics.active.set(0);
      metrics.losses.inc();
      log.warn({ lease }, `lost the Lease; publishing stopped: ${why}`);
    },
    released() {
      metrics.active.set(0);
      log.info({ lease }, "released the Lease");
    },
    checkpointsTooLarge() {
      if (isTooLarge) return;
      isTooLarge = true;
      log.error(
        { lease },
        "the checkpoints of all watches are too large for a Lease and are left out: the buffer of a standby will fill up, and a takeover will send its changes again; use fewer watches",
      );
    },
  };
}

function createLeaseMetrics(registry: Registry) {
  const registers = [registry];
  return {
    active: new Gauge({
      name: "kubemend_relay_lease_active",
      help: "1 while this relay holds the Lease and publishes, 0 while it is a standby.",
      registers,
    }),
    leaseEpoch: new Gauge({
      name: "kubemend_relay_lease_epoch",
      help: "The epoch in the Lease when this relay last read it.",
      registers,
    }),
    takeovers: new Counter({
      name: "kubemend_relay_lease_acquisitions_total",
      help: "Times that this relay has acquired the Lease.",
      registers,
    }),
    renewals: new Counter({
      name: "kubemend_relay_lease_renewals_total",
      help: "Renewals of the Lease that succeeded.",
      registers,
    }),
    failures: new Counter({
      name: "kubemend_relay_lease_failures_total",
      help: "Requests for the Lease that failed.",
      registers,
    }),
    losses: new Counter({
      name: "kubemend_relay_lease_losses_total",
      help: "Times that this relay has lost the Lease without releasing it.",
      registers,
    }),
  };
}
