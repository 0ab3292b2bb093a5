import type { Lease } from "../../adapters/kubernetes/lease/lease.ts";

export type PayloadWrite = {
  readonly annotations: Readonly<Record<string, string>>;
  /** Called when the Lease has been written with them. Throws what the journal throws. */
  readonly written: (lease: Lease) => void;
};

/**
 * What a relay carries in the annotations of its Lease. The elector asks for it with each write, hands over what it reads, and looks
 * at none of it.
 */
export type LeasePayload = {
  /** A standby has read the Lease; undefined: there is none. */
  readonly observed: (lease: Lease | undefined) => void;
  /** A term begins. `before` is the Lease as the last holder left it. */
  readonly acquired: (before: Lease | undefined) => void;
  /** What the next renewal writes. */
  readonly renewal: () => PayloadWrite;
  /** Whether a renewal must be written at once instead of after the retry period. */
  readonly isUrgent: () => boolean;
  /** Whether these annotations are what this relay has written, or may have written. */
  readonly isOwn: (lease: Lease) => boolean;
  readonly lost: () => void;
  /** What remains in the Lease when it is released. */
  readonly released: () => PayloadWrite["annotations"];
};
