import type { RuleGuard } from "../../events/rule-guard.ts";
import { toMs } from "./hold.ts";

/** A wake-up that was not lost is late by less. */
const OVERDUE_AFTER_MS = 60_000;
/** By then every record that waited has been woken at the end of its own time, or its rule is no longer in the pipeline. */
const GIVEN_UP_AFTER_MS = 24 * 60 * 60_000;

/** Whether the wake-up of a guard was lost, so that nobody has checked the records that wait. */
export function isOverdue({ status }: RuleGuard, nowMs: number): boolean {
  const lateMs = nowMs - toMs(status?.wakeAt);
  return lateMs > OVERDUE_AFTER_MS && lateMs < GIVEN_UP_AFTER_MS;
}
