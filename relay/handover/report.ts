import type { LeaseReport } from "../lease/report.ts";

/** Reports about a Lease that carries epoch and checkpoints. */
export type HandoverReport = LeaseReport & {
  /** It was read, with this epoch. */
  readonly observed: (epoch: number) => void;
  readonly acquired: (facts: {
    readonly from: string;
    readonly epoch: number;
    readonly rollback: boolean;
  }) => void;
  readonly checkpointsTooLarge: () => void;
};
