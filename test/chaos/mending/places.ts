/** The namespaces and names of the Jobs that a round's functions mend. */
export type MendingPlaces = {
  /** Of the round: its Jobs are always mended. Also the namespace of the records. */
  readonly healthy: string;
  /** Its webhook comes and goes. */
  readonly troubled: string;
};

export const CRON_JOB = "nightly";
/** Its template has more labels and annotations than a record may keep. */
export const POISON_CRON_JOB = "poison-nightly";

export function toPlaces(namespace: string): MendingPlaces {
  return { healthy: namespace, troubled: `${namespace}-b` };
}

/**
 * The round's rule: a failed Job is run again, also one that failed before the first start. Without limits: a guard counts the remediations
 * of its rule in all namespaces, so those that wait for a webhook of one could hold back those of another (docs/decisions/0070-guards.md).
 */
export function toRule({ healthy, troubled }: MendingPlaces): object {
  return {
    id: "rerun",
    on: { resource: "jobs.batch", namespaces: [healthy, troubled] },
    where: 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")',
    once: "object",
    initial: "include",
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    then: [{ createJobFromCronJob: {} }],
    guards: { maxInFlight: "off", maxPerHour: "off", breaker: "off", stormBrake: "off" },
  };
}
