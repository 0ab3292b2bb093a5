import type { RemediationRecord } from "../../events/remediation.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { getObject } from "../../adapters/kubernetes/api/objects.ts";
import { toRecordPath, type RecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import type { SendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { isSuperseded, planSweep } from "../../core/records/plan-sweep.ts";
import { toWakeup } from "../../core/records/wakeup.ts";

export type SweepDeps = {
  readonly client: KubernetesClient;
  readonly records: RecordStore;
  readonly sendWakeup: SendWakeup;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** How many records were read, and what was done with them. */
export type SweepReport = {
  readonly records: number;
  readonly woken: number;
  readonly compacted: number;
  readonly deleted: number;
};

/**
 * Checks every record once. Wakes records whose wake-up was lost, compacts old ones, and deletes one only if its retention is over and
 * its trigger is gone or its episode superseded, so that deleting it cannot let the same episode run again. Repeatable; a record that
 * somebody else has changed meanwhile is left for the next run.
 */
export async function sweep(deps: SweepDeps, signal: AbortSignal): Promise<SweepReport> {
  const records = await deps.records.list(signal);
  const episodes = Map.groupBy(records, ({ spec }) => `${spec.rule.id}/${spec.trigger.uid}`);
  const report = { records: records.length, woken: 0, compacted: 0, deleted: 0 };
  for (const record of records) {
    const plan = planSweep(record, deps.now());
    switch (plan.outcome) {
      case "leave":
        break;
      case "wake":
        await wake(record, deps, signal);
        report.woken += 1;
        break;
      case "compact": {
        const saved = await deps.records.saveStatus(record, plan.status, signal);
        if (saved.outcome === "saved") report.compacted += 1;
        break;
      }
      case "retire": {
        const { rule, trigger } = record.spec;
        const others = episodes.get(`${rule.id}/${trigger.uid}`) ?? [];
        const isFree = isSuperseded(record, others) || (await isGone(record, deps, signal));
        if (isFree && (await deps.records.remove(record, signal))) report.deleted += 1;
        break;
      }
    }
  }
  return report;
}

async function wake(
  record: RemediationRecord,
  deps: SweepDeps,
  signal: AbortSignal,
): Promise<void> {
  const now = new Date(deps.now()).toISOString();
  const subject = toRecordPath(record.metadata);
  await deps.sendWakeup(toWakeup({ record, subject, due: now, now }), signal);
}

/** Compares the uid: an object of that name may be a different one. */
async function isGone(
  { spec }: RemediationRecord,
  { client }: SweepDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const { group, version, resource, kind, namespace, name, uid } = spec.trigger;
  const target = { group, version, resource, kind, namespace, name };
  const object = await getObject(client, target, signal);
  return object?.metadata.uid !== uid;
}
