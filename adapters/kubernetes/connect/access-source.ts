import type { ClusterAccess } from "./kubeconfig.ts";

/** Where a client gets its address and credentials from, for each request. */
export type AccessSource = {
  /** What is reached, for messages; contains no secret. */
  readonly description: string;
  /** Returns the same object as long as it is valid. Throws a KubemendError. */
  readonly current: () => Promise<ClusterAccess>;
  /** The API server refused these credentials: the next `current` obtains new ones. Absent if there are no others. */
  readonly invalidate?: ((refused: ClusterAccess) => void) | undefined;
  /** Added to the error message if the API server refuses the new credentials too. */
  readonly hint?: string | undefined;
};
