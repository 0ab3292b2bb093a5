/**
 * The outcomes of a request: it is started, held back, refused, or has waited too long. `ended`: the state was over before it could start.
 * `dryRun`: it changes nothing, so it only says whether it would be held back. `uncounted`: more wait than a simulation keeps.
 */
export type GuardOutcome =
  | "started"
  | "deferred"
  | "refused"
  | "expired"
  | "ended"
  | "dryRun"
  | "uncounted";

/** One decision of a guard about one request of a recording. */
export type GuardEvent = {
  /** RFC 3339 ms, by the times of the recording. */
  readonly time: string;
  readonly rule: string;
  readonly record: string;
  /** The line of the match. */
  readonly line: number;
  readonly outcome: GuardOutcome;
  /** The guard that holds it back; of `started` the one that did; of `ended` why there is nothing to do any more. */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** Of `deferred`: until when the guard holds it back at least, and when it expires (RFC 3339 ms). */
  readonly until?: string | undefined;
  readonly expiresAt?: string | undefined;
  /** Of `started`: how long it was held back, if it was. */
  readonly heldMs?: number | undefined;
};
