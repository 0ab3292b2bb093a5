import type { RuleGuard } from "../../events/rule-guard.ts";
import { toMs } from "./hold.ts";

/** A wake-up is late by less. */
const OVERDUE_AFTER_MS = 60_000;

/** Whether nobody has looked at the records that wait, because the wake-up was lost. */
export function isOverdue({ status }: RuleGuard, nowMs: number): boolean {
  return toMs(status?.wakeAt) < nowMs - OVERDUE_AFTER_MS;
}
