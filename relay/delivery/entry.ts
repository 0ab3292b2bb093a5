import type { PendingChange } from "../detect/known-objects.ts";

/** A change as it is sent. */
export type Rendered = {
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
};

/** A change that waits for the queue. The object itself is no longer kept: what waits is its message. */
export type Entry = PendingChange & {
  readonly rendered: Rendered;
  /** Size of the body in UTF-8. */
  readonly bytes: number;
};
