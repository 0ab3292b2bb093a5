export type LeaseRequest = "read" | "write";

/** Reports of the elector about its Lease. */
export type LeaseReport = {
  readonly standingBy: (holder: string) => void;
  readonly renewed: () => void;
  /** A request for it failed and will be retried. A write that fails has not recovered when the Lease can be read. */
  readonly failed: (message: string, request: LeaseRequest) => void;
  readonly lost: (why: string) => void;
  readonly released: () => void;
};
