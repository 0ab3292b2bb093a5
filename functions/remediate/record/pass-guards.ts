import type { RecordProblem, RecordStatus } from "../../../events/remediation.ts";
import { isGuardCode, type Hold } from "../../../core/guards/hold.ts";
import { isNewMatch } from "../../../core/guards/storm.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { toCandidate } from "../../../core/records/guards/candidate.ts";
import { findLate, holdBack, isRefusedAgain } from "../../../core/records/guards/guarded.ts";
import { withPlan } from "../../../core/records/plan.ts";
import type { RecordEnd } from "../../../core/records/record-end.ts";
import { limitMessage } from "../../../core/text/limit-message.ts";
import type { HeldRecord } from "./held-record.ts";
import { toTime, type RemediateDeps, type RemediationResult, type Run } from "./run.ts";
import { saveWait } from "./save-outcome.ts";

export type Passage =
  /** It may start. A dry run always may; `would` says why it would be held back. */
  | { readonly outcome: "pass"; readonly would?: string | undefined }
  /** It is held back. */
  | { readonly outcome: "held"; readonly result: RemediationResult }
  /** It is refused, or has waited too long: only its alerts are sent. */
  | { readonly outcome: "instead"; readonly status: RecordStatus };

/**
 * Asks the guards of the rule whether a record may start, when its plan is made and approved, and before its first step is saved as
 * started; for a question of an approval, before it is sent. A run that dies after it was admitted leaks nothing: the entry is that of the
 * record, and the next run is admitted by it.
 */
export async function passGuards(
  held: HeldRecord,
  status: RecordStatus,
  operations: readonly WriteOperation[],
  deps: RemediateDeps,
  run: Run,
): Promise<Passage> {
  const record = { ...held.record(), status };
  const rule = deps.pipeline.rules.find(({ id }) => id === record.spec.rule.id);
  const { guards } = deps;
  if (guards === undefined || rule === undefined) return { outcome: "pass" };
  if (record.spec.mode === "dryRun") {
    const hold = await guards.preview(record, rule, run.signal);
    return { outcome: "pass", would: hold && describeHold(hold, rule) };
  }
  const instead = (problem: RecordProblem): Passage =>
    toInstead(status, operations, problem, toTime(deps));
  const late = findLate(status, toTime(deps));
  if (late !== undefined) return instead(late);
  const answer = await guards.ask(record, rule, run.signal);
  if (answer.outcome === "admitted") return { outcome: "pass" };
  if (answer.outcome === "refused") {
    const { code, message } = answer.hold;
    return instead({ phase: "Refused", code, message });
  }
  const waiting = holdBack(status, answer.hold, rule.guards, toTime(deps));
  if (waiting.outcome === "expired") return instead(waiting.problem);
  if (status.deferUntil === undefined) deps.count?.("HeldBack");
  if (answer.hold.code !== "GuardContended" && deps.mayAlertHeld !== undefined) {
    // Before the wait is saved: if this run dies, the alert is sent again under the same id. Loaded only here: few are held back.
    const { alertHeld } = await import("./alert-held.ts");
    await alertHeld(record, waiting.status, answer.hold, operations, deps, run.signal);
  }
  return { outcome: "held", result: await saveWait(held, waiting.status, run) };
}

/**
 * Counts the match of a record that ends before it has asked to start anything, for example because its trigger is gone: the storm brake
 * counts what has matched, not what can be done. If it cannot be counted, the record ends all the same: its alerts have been sent.
 */
export async function countMatch(
  held: HeldRecord,
  status: RecordStatus,
  { guards, pipeline, now }: RemediateDeps,
  { signal }: Run,
): Promise<void> {
  const record = { ...held.record(), status };
  const rule = pipeline.rules.find(({ id }) => id === record.spec.rule.id);
  const storm = rule?.guards.storm;
  if (rule === undefined || storm === undefined || record.spec.mode === "dryRun") return;
  const isCounted = isGuardCode(status.plan?.problem?.code);
  if (isCounted || !isNewMatch(toCandidate(record), storm, now())) return;
  try {
    await guards?.note(record, rule, signal);
  } catch {
    signal.throwIfAborted();
  }
}

/** Of a record that was admitted and could not take its target: it asks again when it can. */
export async function leaveGuards(
  held: HeldRecord,
  result: RemediationResult,
  { guards, pipeline }: RemediateDeps,
  run: Run,
): Promise<void> {
  const record = held.record();
  const rule = pipeline.rules.find(({ id }) => id === record.spec.rule.id);
  const isWaiting = result.outcome === "waiting" || result.outcome === "notDue";
  if (isWaiting && rule !== undefined) await guards?.leave(record, rule, run.signal);
}

/** The end of a dry run, with the reason why it would be held back now. */
export function withHold(end: RecordEnd, would: string | undefined): RecordEnd {
  if (would === undefined) return end;
  return { ...end, message: limitMessage(`${end.message}; ${would}`) };
}

function describeHold({ message }: Hold, { guards }: Rule): string {
  const what = guards.whenGuarded === "refuse" ? "it would be refused" : "it would be held back";
  return `${what} now: ${message}`;
}

/** The alerts of the plan report the problem, a refusal only once for each guard; nothing else of it is done. */
function toInstead(
  status: RecordStatus,
  operations: readonly WriteOperation[],
  problem: RecordProblem,
  now: string,
): Passage {
  const { plan: _plan, steps: _steps, ...rest } = status;
  const isKnown = isRefusedAgain(status, problem, now);
  const alerts = isKnown ? [] : operations.filter(({ type }) => type === "alert");
  return { outcome: "instead", status: withPlan(rest, { operations: alerts, problem }) };
}
