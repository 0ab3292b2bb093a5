import * as v from "valibot";
import { describeIssues, FIRST_ISSUE } from "../../events/contract.ts";
import type {
  RecordPlan,
  RecordProblem,
  RecordStatus,
  RecordStep,
} from "../../events/remediation.ts";
import type { Trigger } from "../../events/request.ts";
import type { EffectCheck } from "../actions/contract/action.ts";
import type { ObjectAddress, WriteOperation } from "../operations/operation.ts";
import { writeOperationsSchema } from "../operations/operation-schema.ts";
import { ok, refuse, type Result } from "../result.ts";
import { limitMessage } from "../text/limit-message.ts";
import type { Rule } from "../pipeline/pipeline.ts";

/** A plan whose operations have been validated. */
export type WritePlan = Omit<RecordPlan, "operations"> & {
  readonly operations: readonly WriteOperation[];
};

/** The decision of one action of a rule. */
export type PlannedAction =
  | {
      readonly outcome: "operations";
      readonly operations: readonly WriteOperation[];
      /** How it shows that the last of them had its effect. */
      readonly check?: EffectCheck;
    }
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
    const message = limitMessage(problem.problem.message);
    return {
      operations: toFitting(numberNames(alerts)),
      problem: { ...problem.problem, message },
    };
  }
  const whole = [
    ...toStage(actions, 0, parts),
    ...escalation.flatMap((action, index) => toStage([action], index + 1, parts)),
  ];
  const operations = numberNames([...whole, ...alerts]);
  const bytes = countStoredBytes(operations);
  if (bytes <= PLAN_MAX_BYTES) return { operations, ...toNotes([...actions, ...escalation]) };
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

/** Operations whose target the rule's own `verify` is about. */
const MAKING: ReadonlySet<WriteOperation["type"]> = new Set(["create", "createManifest", "patch"]);

/** The writes of a stage, and what follows them to verify their effect. */
function toStage(
  actions: readonly PlannedAction[],
  stage: number,
  { verify, trigger }: PlanParts,
): readonly WriteOperation[] {
  const planned = actions.flatMap(toOperations).filter(({ type }) => type !== "alert");
  const numbered = stage === 0 ? numberNames(planned) : planned;
  const writes = numbered.map((write) => toStaged(write, stage));
  if (verify === undefined) return writes;
  const isForEach = writes.some(isChangeOfMany);
  if (isForEach || verify.expression === undefined) {
    const { withinMs } = verify;
    const own = findChecks(actions, writes).map(({ write, check }) =>
      toVerify(
        { ...check, ...(withinMs === undefined ? {} : { withinMs }) },
        stage,
        write,
        trigger,
      ),
    );
    return [...writes.map((write) => withVerify(write, verify)), ...numberNames(own)];
  }
  const made = writes.findLast(({ type }) => MAKING.has(type));
  return [...writes, toVerify(verify, stage, made, trigger)];
}

/** The rule's own expression is about each target that is changed; what is deleted can only be gone. */
function isChangeOfMany(write: WriteOperation): boolean {
  return write.type === "fanOut" && write.verb === "change";
}

/** A fan-out verifies each of its targets itself. */
function withVerify(write: WriteOperation, verify: NonNullable<Rule["verify"]>): WriteOperation {
  if (write.type !== "fanOut") return write;
  const { withinMs, expression } = verify;
  const own = expression === undefined || !isChangeOfMany(write) ? {} : { expression };
  return { ...write, verify: { ...own, ...(withinMs === undefined ? {} : { withinMs }) } };
}

/** The checks of the actions that have one, each with the write that it is about. */
function findChecks(
  actions: readonly PlannedAction[],
  writes: readonly WriteOperation[],
): readonly { readonly write: WriteOperation | undefined; readonly check: EffectCheck }[] {
  let count = 0;
  return actions.flatMap((action) => {
    count += toOperations(action).filter(({ type }) => type !== "alert").length;
    const check = action.outcome === "operations" ? action.check : undefined;
    return check === undefined ? [] : [{ write: writes[count - 1], check }];
  });
}

/** Verifies the object that was written or, if none was, the trigger. */
function toVerify(
  check: EffectCheck,
  stage: number,
  write: WriteOperation | undefined,
  trigger: Trigger,
): WriteOperation {
  const head = { type: "verify", name: stage === 0 ? "verify" : `verify-stage-${stage}` } as const;
  const staged = stage === 0 ? {} : { stage };
  if (write?.type === "create" || write?.type === "createManifest") {
    return { ...head, ...check, target: write.target, madeBy: write.name, ...staged };
  }
  const { target, uid } =
    write === undefined || !("uid" in write) || write.type === "verify"
      ? { target: toAddress(trigger), uid: trigger.uid }
      : write;
  return { ...head, ...check, target, uid, ...staged };
}

/** The stage is part of the name, because the names of the steps of a record are unique. */
function toStaged(operation: WriteOperation, stage: number): WriteOperation {
  return stage === 0
    ? operation
    : { ...operation, name: `${operation.name}-stage-${stage}`, stage };
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
  const { waitingSince: _since, ...rest } = status;
  return { ...rest, plan, steps };
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
