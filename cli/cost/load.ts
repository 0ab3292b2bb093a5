/** What the clusters do, and how the functions behave under it. All rates are for one cluster. */
export type Load = {
  readonly clusters: number;
  readonly changesPerSecond: number;
  /** Size of the message of a change, with its object. */
  readonly messageKb: number;
  /** Changes that are sent, received and processed together, 1 to 10. */
  readonly batch: number;
  readonly remediationsPerHour: number;
  readonly alertsPerHour: number;
  /** Milliseconds that normalize takes for one batch. */
  readonly invocationMs: number;
};

/** Changes within this time are sent together: what one request to SQS takes. */
const SEND_MS = 20;
const BATCH_MAX = 10;

/** How many changes are in a batch if they come evenly: one, until they come faster than they are sent. */
export function expectBatch(changesPerSecond: number): number {
  const during = (changesPerSecond * SEND_MS) / 1000;
  return Math.min(BATCH_MAX, Math.max(1, during));
}
