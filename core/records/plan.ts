import * as v from "valibot";
import { describeIssues } from "../../events/contract.ts";
import type {
  RecordPlan,
  RecordProblem,
  RecordStatus,
  RecordStep,
} from "../../events/remediation.ts";
import type { Trigger } from "../../events/request.ts";
import type { ObjectAddress, WriteOperation } from "../operations/operation.ts";
import { writeOperationsSchema } from "../operations/operation-schema.ts";
import { ok, refuse, type Result } from "../result.ts";
import type { Rule } from "../pipeline/pipeline.ts";

/** A plan whose operations have been validated. */
export type WritePlan = Omit<RecordPlan, "operations"> & {
  readonly operations: readonly WriteOperation[];
};

/** The decision of one action of a rule. */
export type PlannedAction =
  | { readonly outcome: "operations"; readonly operations: readonly WriteOperation[] }
  | { readonly outcome: "done"; readonly message: string }
  | { readonly outcome: "problem"; readonly problem: RecordProblem };

/** The parts of a plan. */
export type PlanParts = {
  /** The decisions of the actions of `then`, in order. */
  readonly actions: readonly PlannedAction[];
  /** Those of `onFailure`: one stage each, run only if the previous stage failed. */
  readonly escalation?: readonly PlannedAction[];
  readonly verify?: Rule["verify"];
  readonly trigger: Trigger;
};

/**
 * One plan for all actions. If one of them cannot be done, none is: the plan then has only the alerts, and the problem.
 * Alerts come last, so that they report the outcome. Operations with the same name are numbered, because the name of a step is
 * part of the id of an alert.
 */
export function createPlan(parts: PlanParts): WritePlan {
  const { actions, escalation = [] } = parts;
  const problem = [...actions, ...escalation].find(({ outcome }) => outcome === "problem");
  const planned = actions.flatMap(toOperations);
  const alerts = planned.filter(({ type }) => type === "alert");
  if (problem?.outcome === "problem") {
    return { operations: toFitting(numberNames(alerts)), problem: problem.problem };
  }
  const writes = planned.filter(({ type }) => type !== "alert");
  const whole = [
    ...withVerification(numberNames(writes), 0, parts),
    ...escalation.flatMap((action, index) =>
      withVerification(toOperations(action), index + 1, parts),
    ),
  ];
  const operations = numberNames([...whole, ...alerts]);
  const bytes = countStoredBytes(operations);
  if (bytes <= PLAN_MAX_BYTES) return { operations };
  const message = `the plan has ${bytes} bytes, which is more than the ${PLAN_MAX_BYTES} that a record keeps: shorten the labels, annotations and alerts of the rule and of what it copies`;
  const tooLarge = { phase: "Refused", code: "PlanTooLarge", message } as const;
  return { operations: toFitting(numberNames(alerts)), problem: tooLarge };
}

/** The largest plan that a record keeps: records are read in pages, and by functions of 256 MB. */
export const PLAN_MAX_BYTES: number = 100 * 1024;

/** The API server writes these characters as 6 each: https://pkg.go.dev/encoding/json#HTMLEscape */
const ESCAPED = /[<>&\u2028\u2029]/g;

function countStoredBytes(operations: readonly WriteOperation[]): number {
  const text = JSON.stringify(operations);
  return new TextEncoder().encode(text).length + 5 * (text.match(ESCAPED)?.length ?? 0);
}

/** As many alerts as fit. */
function toFitting(alerts: readonly WriteOperation[]): readonly WriteOperation[] {
  let fitting = alerts;
  while (countStoredBytes(fitting) > PLAN_MAX_BYTES) fitting = fitting.slice(0, -1);
  return fitting;
}

function toOperations(action: PlannedAction): readonly WriteOperation[] {
  return action.outcome === "operations" ? action.operations : [];
}

/** The writes of a stage, followed by the verification of the object that was created last or, if none was, of the trigger. */
function withVerification(
  writes: readonly WriteOperation[],
  stage: number,
  { verify, trigger }: PlanParts,
): readonly WriteOperation[] {
  const staged = stage === 0 ? writes : writes.map((write) => toStaged(write, stage));
  if (verify === undefined) return staged;
  const made = staged.findLast((operation) => operation.type === "create");
  const check: WriteOperation = {
    type: "verify",
    name: stage === 0 ? "verify" : `verify-stage-${stage}`,
    ...verify,
    ...(made === undefined
      ? { target: toAddress(trigger), uid: trigger.uid }
      : { target: made.target, madeBy: made.name }),
    ...(stage === 0 ? {} : { stage }),
  };
  return [...staged, check];
}

/** The stage is part of the name, because the names of the steps of a record are unique. */
function toStaged(operation: WriteOperation, stage: number): WriteOperation {
  return { ...operation, name: `${operation.name}-stage-${stage}`, stage };
}

function toAddress({ group, version, resource, kind, namespace, name }: Trigger): ObjectAddress {
  return { group, version, resource, kind, namespace, name };
}

function numberNames(operations: readonly WriteOperation[]): readonly WriteOperation[] {
  const seen = new Map<string, number>();
  return operations.map((operation) => {
    const count = (seen.get(operation.name) ?? 0) + 1;
    seen.set(operation.name, count);
    return count === 1 ? operation : { ...operation, name: `${operation.name}-${count}` };
  });
}

/** A status with the plan and one step for each operation, none of them started. */
export function withPlan(status: RecordStatus, plan: WritePlan): RecordStatus {
  const steps = plan.operations.map(({ name }): RecordStep => ({ name, state: "planned" }));
  return { ...status, plan, steps };
}

/** Reads the operations of the stored plan back; the error says what is wrong with them. */
export function parsePlan(status: RecordStatus): Result<readonly WriteOperation[], string> {
  const result = v.safeParse(writeOperationsSchema, status.plan?.operations);
  if (!result.success) return refuse(describeIssues(result.issues));
  const names = result.output.map(({ name }) => name);
  const steps = status.steps?.map(({ name }) => name) ?? [];
  if (names.join("\n") === steps.join("\n")) return ok(result.output);
  return refuse("its steps do not match its operations");
}
