import * as v from "valibot";
import { describeIssues, FIRST_ISSUE } from "../../events/contract.ts";
import type { RecordPlan, RecordStatus, RecordStep } from "../../events/remediation.ts";
import type { WriteOperation } from "../operations/operation.ts";
import { writeOperationsSchema } from "../operations/operation-schema.ts";
import { ok, refuse, type Result } from "../result.ts";
import { limitMessage } from "../text/limit-message.ts";
import { toOnFailure, type OnFailureRule } from "./stages/on-failure.ts";
import {
  numberNames,
  toOperations,
  toStage,
  type PlannedAction,
  type StageContext,
} from "./stages/plan-stage.ts";

/** A plan whose operations have been validated. */
export type WritePlan = Omit<RecordPlan, "operations"> & {
  readonly operations: readonly WriteOperation[];
};

/** The parts of a plan. */
export type PlanParts = StageContext & {
  /** The decisions of the actions of `then`, in order. */
  readonly actions: readonly PlannedAction[];
  /** The rule whose actions of `onFailure` are planned if `then` fails. */
  readonly rule?: OnFailureRule;
};

/**
 * One plan for all actions. If one of them cannot be done, none is: the plan then has only the alerts, and the problem.
 * Alerts come last, so that they report the outcome. Operations with the same name are numbered, because the name of a step is
 * part of the id of an alert.
 */
export function createPlan(parts: PlanParts): WritePlan {
  const { actions, rule } = parts;
  const problem = actions.find(({ outcome }) => outcome === "problem");
  const planned = actions.flatMap(toOperations);
  const alerts = planned.filter(({ type }) => type === "alert");
  if (problem?.outcome === "problem") {
    const message = limitMessage(problem.problem.message);
    return {
      operations: toFitting(numberNames(alerts)),
      problem: { ...problem.problem, message },
    };
  }
  const first = toStage(actions, 0, parts);
  // What does nothing cannot fail.
  const later = rule === undefined || first.length === 0 ? [] : toOnFailure(rule);
  const operations = numberNames([...first, ...later, ...alerts]);
  const bytes = countStoredBytes(operations);
  if (bytes <= PLAN_MAX_BYTES) return { operations, ...toNotes(actions) };
  const message = `the plan has ${bytes} bytes, which is more than the ${PLAN_MAX_BYTES} that a record keeps: shorten the labels, annotations and alerts of the rule and of what it copies`;
  const tooLarge = { phase: "Refused", code: "PlanTooLarge", message } as const;
  return { operations: toFitting(numberNames(alerts)), problem: tooLarge };
}

/** Why some of the actions do nothing. */
function toNotes(actions: readonly PlannedAction[]): Pick<RecordPlan, "notes"> {
  const notes = actions.flatMap((action) =>
    action.outcome === "done" ? [limitMessage(action.message)] : [],
  );
  return notes.length === 0 ? {} : { notes: notes.slice(0, NOTES_MAX) };
}

const NOTES_MAX = 10;

/** The largest plan that a record keeps: records are read in pages, and by functions of 256 MB. */
export const PLAN_MAX_BYTES: number = 100 * 1024;

/** The API server writes these characters as 6 each: https://pkg.go.dev/encoding/json#HTMLEscape */
const ESCAPED = /[<>&\u2028\u2029]/g;

function countStoredBytes(operations: readonly unknown[]): number {
  const text = JSON.stringify(operations);
  return new TextEncoder().encode(text).length + 5 * (text.match(ESCAPED)?.length ?? 0);
}

/** As many alerts as fit. */
function toFitting(alerts: readonly WriteOperation[]): readonly WriteOperation[] {
  let fitting = alerts;
  while (countStoredBytes(fitting) > PLAN_MAX_BYTES) fitting = fitting.slice(0, -1);
  return fitting;
}

/** A status with the plan and one step for each operation, none of them started. */
export function withPlan(status: RecordStatus, plan: WritePlan): RecordStatus {
  const steps = plan.operations.map(({ name }): RecordStep => ({ name, state: "planned" }));
  const { waitingSince: _since, ...rest } = status;
  return { ...rest, plan, steps };
}

/**
 * The status in which the operations of a stage have taken the place of the step of `onFailure` at this index, or follow it, none of them
 * started. Undefined if the plan would be larger than a record keeps.
 */
export function withStage(
  status: RecordStatus,
  index: number,
  planned: readonly WriteOperation[],
  where: "instead" | "after" = "instead",
): RecordStatus | undefined {
  const { plan = { operations: [] }, steps = [], waitingSince: _since, ...rest } = status;
  const [at, removed] = where === "after" ? [index + 1, 0] : [index, 1];
  const operations = plan.operations.toSpliced(at, removed, ...planned);
  if (countStoredBytes(operations) > PLAN_MAX_BYTES) return undefined;
  const begun = planned.map(({ name }): RecordStep => ({ name, state: "planned" }));
  return { ...rest, plan: { ...plan, operations }, steps: steps.toSpliced(at, removed, ...begun) };
}

/** Reads the operations of the stored plan back; the error says what is wrong with them. */
export function parsePlan(status: RecordStatus): Result<readonly WriteOperation[], string> {
  const result = v.safeParse(writeOperationsSchema, status.plan?.operations, FIRST_ISSUE);
  if (!result.success) return refuse(describeIssues(result.issues));
  const names = result.output.map(({ name }) => name);
  const steps = status.steps?.map(({ name }) => name) ?? [];
  if (names.join("\n") === steps.join("\n")) return ok(result.output);
  return refuse("its steps do not match its operations");
}
