import type { AlertGroupStatus } from "../../../events/alert-group.ts";

/** Identifies an incident: name of the group, and when its first alert came since none was open (RFC 3339 ms). */
export function toThreadKey(name: string, since: string): string {
  return `${name}@${since}`;
}

/**
 * The status with the thread that the receiver handed out. The first one of an incident counts: if its message was delivered twice, later
 * ones all go into one of the two threads. That of an incident that is over changes nothing: the status stays the same object.
 */
export function takeThread(
  status: AlertGroupStatus,
  { key, handle }: { readonly key: string; readonly handle: string },
  { name }: { readonly name: string },
): AlertGroupStatus {
  const { since, thread } = status;
  if (since === undefined || key !== toThreadKey(name, since) || thread?.key === key) return status;
  return { ...status, thread: { key, handle } };
}
