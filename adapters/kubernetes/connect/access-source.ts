import type { ClusterAccess } from "./kubeconfig.ts";

/** Where a connection gets its way in from, each time that it needs it. */
export type AccessSource = {
  /** What is reached, for messages; nothing in it is secret. */
  readonly description: string;
  /** The same object as long as it is good. Throws a KubemendError. */
  readonly current: () => Promise<ClusterAccess>;
  /** The API server has refused this one: the next `current` gets a new one. Absent: there is no other. */
  readonly renew?: ((refused: ClusterAccess) => void) | undefined;
  /** Told where the API server refuses a new one too. */
  readonly wayOut?: string | undefined;
};
