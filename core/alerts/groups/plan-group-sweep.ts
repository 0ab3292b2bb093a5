import type { AlertGroupStatus } from "../../../events/alert-group.ts";
import { countOpen, isIdle } from "./open-alerts.ts";
import { findUnsent } from "./outbox.ts";

/** A group without alerts is kept so long, so that people can see what was sent. */
const KEPT_MS = 24 * 3_600_000;

/**
 * What the sweep does with a group: wakes it if it has something to send, or open alerts to look at; deletes it if nothing would be lost.
 * `now` is RFC 3339 ms.
 */
export function planGroupSweep(status: AlertGroupStatus, now: string): "wake" | "delete" | "leave" {
  const nowMs = Date.parse(now);
  if (countOpen(status) > 0) return "wake";
  if (status.wakeAt !== undefined && Date.parse(status.wakeAt) <= nowMs) return "wake";
  if (findUnsent(status, now).length > 0) return "wake";
  if (!isIdle(status)) {
    const isWindowOver = Date.parse(status.windowEndsAt ?? now) <= nowMs;
    return status.open.length > 0 && isWindowOver ? "wake" : "leave";
  }
  return Date.parse(status.lastAt ?? now) + KEPT_MS <= nowMs ? "delete" : "leave";
}
