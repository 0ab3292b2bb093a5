import type { AlertGroupStatus } from "../../../events/alert-group.ts";

/** A group keeps so many alerts; beyond, it says "more than". At 200 bytes each it stays far below what etcd stores. */
export const OPEN_MAX = 2_000;

/** How many alerts are open, of those that the group keeps. */
export function countOpen({ open }: AlertGroupStatus): number {
  return open.reduce((sum, { resolvedAt }) => sum + (resolvedAt === undefined ? 1 : 0), 0);
}

/** Whether nothing would be lost if the group were deleted. */
export function isIdle(status: AlertGroupStatus): boolean {
  const { collected, silenced, outbox = [] } = status;
  const isEmpty = status.open.length === 0 && outbox.length === 0;
  return isEmpty && collected === undefined && silenced === undefined;
}
