import type { AlertGroupStatus } from "../../../events/alert-group.ts";
import { isIdle, listOpen } from "./open-alerts.ts";
import { findUnsent } from "./outbox.ts";

/** A group without alerts is kept for this long, so that people can see the messages that were sent. */
const KEPT_MS = 24 * 3_600_000;

/**
 * Whether the sweep wakes a group, because it has messages to send or open alerts to check, or deletes it, because nothing would be lost.
 * `now` is RFC 3339 ms.
 */
export function planGroupSweep(status: AlertGroupStatus, now: string): "wake" | "delete" | "leave" {
  const nowMs = Date.parse(now);
  if (listOpen(status).length > 0) return "wake";
  if (status.wakeAt !== undefined && Date.parse(status.wakeAt) <= nowMs) return "wake";
  if (findUnsent(status, now).length > 0) return "wake";
  if (!isIdle(status)) {
    const isWindowOver = Date.parse(status.windowEndsAt ?? now) <= nowMs;
    return status.open.length > 0 && isWindowOver ? "wake" : "leave";
  }
  return Date.parse(status.lastAt ?? now) + KEPT_MS <= nowMs ? "delete" : "leave";
}
