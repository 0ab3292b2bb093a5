import type { RecordStatus, RecordStep } from "../../events/remediation.ts";
import type { RemediationMode } from "../../events/request.ts";
import { describeOperation } from "../operations/describe-operation.ts";
import { NOTHING_CHANGED } from "../operations/fan-out.ts";
import type { WriteOperation } from "../operations/operation.ts";
import { REMEDIATED, type RecordEnd } from "./record-end.ts";
import { isIdle } from "./stages/on-failure.ts";

/** The code of a verification whose object vanished before it was seen to end, and the reason of its record. */
export const VERIFY_UNKNOWN = "VerifyUnknown";

type Problem = { readonly code: string; readonly message: string };

export type NextStep =
  | {
      readonly outcome: "run";
      readonly index: number;
      readonly operation: WriteOperation;
      /** What an alert reports besides its summary. */
      readonly problem?: Problem | undefined;
    }
  | { readonly outcome: "finished"; readonly end: RecordEnd };

/**
 * The next step of the stored plan: the first one that has not ended. A step that was started and has not ended runs again, as
 * its write is idempotent. After a failed step nothing more of its stage runs: the next stage does, if there is one
 * (`onFailure`), also after a stage that had nothing to do; and finally the alerts.
 */
export function planNextStep(
  status: RecordStatus,
  operations: readonly WriteOperation[],
  mode: RemediationMode,
): NextStep {
  const steps = status.steps ?? [];
  const { stage, failures } = readStages(operations, steps);
  const problem = findProblem(status, stage, failures);
  for (const [index, operation] of operations.entries()) {
    const state = steps[index]?.state ?? "planned";
    if (state !== "planned" && state !== "started") continue;
    const isDue = operation.type === "alert" || (operation.stage ?? 0) === stage;
    if (!isDue) continue;
    const mended = operation.type === "alert" ? toMended(failures) : undefined;
    return { outcome: "run", index, operation, problem: problem ?? findUnknown(steps) ?? mended };
  }
  const unsent = operations.findIndex(
    ({ type }, index) => type === "alert" && steps[index]?.state === "failed",
  );
  const last = problem ?? (unsent === -1 ? undefined : toProblem(steps[unsent]));
  const alerted = operations.flatMap((operation, index) =>
    operation.type === "alert" && steps[index]?.state === "done" ? [operation.to] : [],
  );
  const end = toEnd({ status, operations, failures, problem: last, mode, alerted });
  return { outcome: "finished", end };
}

type Stages = {
  /** The stage that is in progress or succeeded; undefined if every stage failed or had nothing to do, or there is none. */
  readonly stage: number | undefined;
  /** The failed step of each failed stage, in order. */
  readonly failures: readonly RecordStep[];
};

function readStages(operations: readonly WriteOperation[], steps: readonly RecordStep[]): Stages {
  const failures: RecordStep[] = [];
  const writes = operations.map((operation, index) => ({ operation, step: steps[index] }));
  const acting = writes.filter(({ operation }) => operation.type !== "alert");
  const numbers = new Set(acting.map(({ operation }) => operation.stage ?? 0));
  for (const stage of [...numbers].toSorted((a, b) => a - b)) {
    const own = acting.flatMap(({ operation, step }) =>
      (operation.stage ?? 0) === stage && step !== undefined ? [step] : [],
    );
    if (isIdle(own)) continue;
    const failed = own.find(({ state }) => state === "failed");
    if (failed === undefined) return { stage, failures };
    failures.push(failed);
  }
  return { stage: undefined, failures };
}

function findProblem(
  status: RecordStatus,
  stage: number | undefined,
  failures: readonly RecordStep[],
): Problem | undefined {
  const planned = status.plan?.problem;
  if (planned !== undefined) return { code: planned.code, message: planned.message };
  return stage === undefined ? toProblem(failures.at(-1)) : undefined;
}

/** Alerts say that nobody knows how what was done ended; it is no failure, so nothing else is done. */
function findUnknown(steps: readonly RecordStep[]): Problem | undefined {
  const unknown = steps.findLast(({ code }) => code === VERIFY_UNKNOWN);
  return unknown === undefined
    ? undefined
    : { code: VERIFY_UNKNOWN, message: unknown.message ?? "it could not be verified" };
}

/** Alerts of a rule whose `onFailure` has succeeded say that what they are about has failed before: it may have been undone. */
function toMended(failures: readonly RecordStep[]): Problem | undefined {
  const last = toProblem(failures.at(-1));
  return (
    last && { code: last.code, message: `${describeFailures(failures)}; onFailure has succeeded` }
  );
}

function toProblem(failed: RecordStep | undefined): Problem | undefined {
  if (failed === undefined) return undefined;
  return { code: failed.code ?? "Failed", message: failed.message ?? `step ${failed.name} failed` };
}

function toEnd(input: {
  readonly status: RecordStatus;
  readonly operations: readonly WriteOperation[];
  readonly failures: readonly RecordStep[];
  readonly problem: Problem | undefined;
  readonly mode: RemediationMode;
  /** To whom alerts were sent. */
  readonly alerted: readonly string[];
}): RecordEnd {
  const { status, operations, failures, problem, mode, alerted } = input;
  if (problem !== undefined) {
    const phase = status.plan?.problem?.phase ?? "Failed";
    const { code: reason, message } = problem;
    const before =
      failures.length > 1 ? `; before that, ${describeFailures(failures.slice(0, -1))}` : "";
    return { phase, reason, message: `${message}${before}${describeIdle(status.steps ?? [])}` };
  }
  const isTried = mode === "dryRun";
  const made = describeDone(operations, status.steps ?? [], !isTried);
  const { notes = [] } = status.plan ?? {};
  if (isTried) {
    const message = made === "" ? withNotes("nothing would be done", notes) : `would ${made}`;
    return { phase: "DryRun", reason: "WouldRemediate", message };
  }
  const isDone = hasChanged(operations, status.steps ?? []);
  const idle = made === "" ? notes : [...notes, made];
  const done = isDone ? made : describeNothing(alerted, idle);
  const after = failures.length === 0 ? "" : `, after ${describeFailures(failures)}`;
  const unknown = findUnknown(status.steps ?? []);
  if (unknown !== undefined) {
    const message = `${done}${after}; whether it succeeded is unknown: ${unknown.message}`;
    return { phase: "Succeeded", reason: VERIFY_UNKNOWN, message };
  }
  const reason = isDone ? REMEDIATED : alerted.length > 0 ? "Alerted" : "NothingToDo";
  return { phase: "Succeeded", reason, message: `${done}${after}` };
}

/** Whether a step has changed an object. */
export function hasChanged(
  operations: readonly WriteOperation[],
  steps: readonly RecordStep[],
): boolean {
  return operations.some((operation, index) => {
    const { object, state, code } = steps[index] ?? {};
    if (operation.type !== "fanOut") return object !== undefined;
    return state === "done" && code !== NOTHING_CHANGED;
  });
}

/** A rule that only alerts has nothing else to do, and neither has one whose action found nothing. */
function describeNothing(alerted: readonly string[], notes: readonly string[]): string {
  if (alerted.length === 0) return withNotes("there was nothing to do", notes);
  const told = `alerted ${[...new Set(alerted)].join(", ")}`;
  return withNotes(`${told}; there was nothing else to do`, notes);
}

function withNotes(message: string, notes: readonly string[]): string {
  return notes.length === 0 ? message : `${message}: ${notes.join("; ")}`;
}

/** The actions of `onFailure` that had nothing to do. */
function describeIdle(steps: readonly RecordStep[]): string {
  const idle = steps.filter((step) => isIdle([step]));
  return idle.map(({ name, message = "" }) => `; ${name} had nothing to do: ${message}`).join("");
}

function describeFailures(failures: readonly RecordStep[]): string {
  return failures.map(({ name, message = "" }) => `${name} failed: ${message}`).join("; ");
}

/** Objects that were created alike are listed together. */
function describeDone(
  operations: readonly WriteOperation[],
  steps: readonly RecordStep[],
  isDone: boolean,
): string {
  const lines: string[] = [];
  let before: WriteOperation["type"] | undefined;
  for (const [index, operation] of operations.entries()) {
    const { object, state, message } = steps[index] ?? {};
    if (operation.type === "fanOut" && state === "done") {
      lines.push(isDone ? (message ?? "") : (describeOperation(operation) ?? ""));
    }
    if (object === undefined) continue;
    const isAdjusted = operation.type === "patch" && message !== undefined;
    const what = describeOperation(operation, isDone, object) ?? "";
    const line = isAdjusted ? `${what} (${message})` : what;
    const isSame = operation.type === before && operation.type !== "patch";
    lines.push(isSame ? line.slice(line.indexOf(" ") + 1) : line);
    before = operation.type;
  }
  return lines.join(", ");
}
