import type { AlertGroupStatus, OpenAlert } from "../../../events/alert-group.ts";

/** The most alerts that a group keeps; if there are more, messages say "more than". At 200 bytes each they stay far below the limit of etcd. */
export const OPEN_MAX = 2_000;

/** The alerts that are open, of those that the group keeps. */
export function listOpen({ open }: AlertGroupStatus): readonly OpenAlert[] {
  return open.filter(({ resolvedAt }) => resolvedAt === undefined);
}

/** How many alerts are open, of those that the group keeps. */
export function countOpen(status: AlertGroupStatus): number {
  return listOpen(status).length;
}

/** Whether nothing would be lost if the group were deleted. */
export function isIdle(status: AlertGroupStatus): boolean {
  const { collected, silenced, outbox = [] } = status;
  const isEmpty = status.open.length === 0 && outbox.length === 0;
  return isEmpty && collected === undefined && silenced === undefined;
}
