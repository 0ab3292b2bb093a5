import * as v from "valibot";
import { describeIssues } from "../../events/contract.ts";
import type {
  RecordPlan,
  RecordProblem,
  RecordStatus,
  RecordStep,
} from "../../events/remediation.ts";
import type { WriteOperation } from "../actions/operation.ts";
import { writeOperationsSchema } from "../actions/operation-schema.ts";
import { ok, refuse, type Result } from "../result.ts";

/** A plan whose operations are known to be ours. */
export type WritePlan = Omit<RecordPlan, "operations"> & {
  readonly operations: readonly WriteOperation[];
};

/** What each action of a rule came to, in the rule's order. */
export type PlannedAction =
  | { readonly outcome: "operations"; readonly operations: readonly WriteOperation[] }
  | { readonly outcome: "done"; readonly message: string }
  | { readonly outcome: "problem"; readonly problem: RecordProblem };

/**
 * One plan of all actions. Where one of them cannot be done, none is: the plan then holds the alerts alone, with the problem.
 * Alerts come last, so that they tell how it went. Operations of one name are numbered, as a step's name is part of an alert's id.
 */
export function createPlan(actions: readonly PlannedAction[]): WritePlan {
  const problem = actions.find((action) => action.outcome === "problem")?.problem;
  const operations = actions.flatMap((action) =>
    action.outcome === "operations" ? action.operations : [],
  );
  const alerts = operations.filter(({ type }) => type === "alert");
  const writes = operations.filter(({ type }) => type !== "alert");
  if (problem !== undefined) return { operations: numberNames(alerts), problem };
  return { operations: numberNames([...writes, ...alerts]) };
}

function numberNames(operations: readonly WriteOperation[]): readonly WriteOperation[] {
  const seen = new Map<string, number>();
  return operations.map((operation) => {
    const count = (seen.get(operation.name) ?? 0) + 1;
    seen.set(operation.name, count);
    return count === 1 ? operation : { ...operation, name: `${operation.name}-${count}` };
  });
}

/** A status with the plan and a step for each operation, none begun. */
export function withPlan(status: RecordStatus, plan: WritePlan): RecordStatus {
  const steps = plan.operations.map(({ name }): RecordStep => ({ name, state: "planned" }));
  return { ...status, plan, steps };
}

/** Reads the stored plan back; the error says what is wrong with it. */
export function parsePlan(status: RecordStatus): Result<readonly WriteOperation[], string> {
  const result = v.safeParse(writeOperationsSchema, status.plan?.operations);
  if (!result.success) return refuse(describeIssues(result.issues));
  const names = result.output.map(({ name }) => name);
  const steps = status.steps?.map(({ name }) => name) ?? [];
  if (names.join("\n") === steps.join("\n")) return ok(result.output);
  return refuse("its steps are not those of its operations");
}
