import type { RecordProblem } from "../../../events/remediation.ts";
import type {
  ActionState,
  ActionWait,
  Observation,
} from "../../../core/actions/contract/action.ts";
import { findNamedCluster } from "../../../core/actions/contract/cluster.ts";
import { evaluateValue } from "../../../core/actions/contract/evaluate-value.ts";
import { evaluateText } from "../../../core/actions/alert/evaluate-text.ts";
import { isManual } from "../../../core/decide/check-request.ts";
import type { Chain } from "../../../core/operations/loops/chain.ts";
import { findAction, loadRareActions } from "../../../core/actions/registry.ts";
import type { PlannedAction } from "../../../core/records/stages/plan-stage.ts";
import { toBindings } from "../../../core/decide/bindings.ts";
import type { WriteOperation } from "../../../core/operations/operation.ts";
import { ok, type Result } from "../../../core/result.ts";
import type { RuleAction } from "../../../core/pipeline/pipeline.ts";
import type { ActionContext } from "./action-context.ts";
import { checkReads, checkWrites } from "./check-authority.ts";
import { findTargetLeftAlone } from "./targets-left-alone.ts";
import type { SizedOperations } from "./size-fan-out.ts";

/** Limit for an action that keeps asking for more reads. */
const READ_ROUNDS_MAX = 5;

/** The decision of an action, or that it can do nothing yet. */
export type ActionDecision = PlannedAction | ({ readonly outcome: "wait" } & ActionWait);

/** Calls an action until it decides, and performs the reads that it asks for. */
export async function planAction(
  { action: name, parameters }: RuleAction,
  context: ActionContext,
  place: { readonly chain: Chain; readonly stage: number },
  signal: AbortSignal,
): Promise<ActionDecision> {
  const action = findAction(name) ?? (await findRare(name));
  if (action === undefined) return toProblem("Refused", "RuleError", `unknown action ${name}`);
  let other = await readOther(parameters, context, signal);
  let isFresh = false;
  const observed = new Map<string, Observation>();
  for (let round = 0; round < READ_ROUNDS_MAX; round += 1) {
    const answer = action.next(toState({ parameters, context, ...place, observed, other }));
    switch (answer.outcome) {
      case "read": {
        const fault = checkReads(answer.reads, context);
        if (fault !== undefined) return toProblem("Refused", fault.code, fault.message);
        for (const read of answer.reads) {
          observed.set(read.as, await context.executor.read(read, signal));
        }
        continue;
      }
      case "operations": {
        const catalog = other?.catalog ?? context.catalog;
        const fault =
          checkWrites(answer, { ...context, catalog }) ??
          (await findTargetLeftAlone(answer, context, signal));
        if (fault !== undefined) return toProblem("Refused", fault.code, fault.message);
        const sized = await size(answer.operations, context, signal);
        if (!sized.ok) return toProblem("Refused", sized.error.code, sized.error.message);
        const { operations, nothing } = sized.value;
        if (operations.length === 0) {
          return { outcome: "done", message: `${name}: ${nothing.join(", ")}` };
        }
        const { check } = answer;
        return { outcome: "operations", operations, ...(check === undefined ? {} : { check }) };
      }
      case "done":
      case "wait":
        return answer;
      case "refused":
        // A resource that is not served may be newer than the catalog of the other cluster.
        if (answer.code === "NotServed" && other !== undefined && !isFresh) {
          other = await readOther(parameters, context, signal, true);
          isFresh = true;
          continue;
        }
        return toProblem("Refused", answer.code, answer.message);
    }
  }
  return toProblem(
    "Failed",
    "Internal",
    `${name} asked for reads ${READ_ROUNDS_MAX} times without deciding`,
  );
}

/** An action that the pipeline no longer has: a plan was made before that changed. */
async function findRare(name: string): Promise<ReturnType<typeof findAction>> {
  await loadRareActions();
  return findAction(name);
}

/** Counts the targets of actions on many. Loaded only then: most rules have one target. */
async function size(
  operations: readonly WriteOperation[],
  context: ActionContext,
  signal: AbortSignal,
): Promise<Result<SizedOperations, { readonly code: string; readonly message: string }>> {
  if (!operations.some(({ type }) => type === "fanOut")) return ok({ operations, nothing: [] });
  const { sizeFanOuts } = await import("./size-fan-out.ts");
  return sizeFanOuts(operations, context, signal);
}

/** The other cluster that the action names, and what it serves. */
async function readOther(
  parameters: unknown,
  { executor }: ActionContext,
  signal: AbortSignal,
  isStale = false,
): Promise<ActionState<unknown>["other"]> {
  const named = findNamedCluster(parameters);
  if (named === undefined) return undefined;
  const { name } = named;
  return { name, catalog: await executor.readCatalog(name, signal, isStale) };
}

function toState(input: {
  readonly parameters: unknown;
  readonly context: ActionContext;
  readonly chain: Chain;
  readonly stage: number;
  readonly observed: ReadonlyMap<string, Observation>;
  readonly other: ActionState<unknown>["other"];
}): ActionState<unknown> {
  const { parameters, context, chain, stage, observed, other } = input;
  const { record, rule, live, catalog, now } = context;
  const { trigger, change, cluster } = record.spec;
  const { name, namespace, uid } = record.metadata;
  const bindings = toBindings({ ...live, change, cluster, now });
  return {
    parameters,
    record: { name, namespace, uid },
    rule: { id: rule.id },
    trigger,
    live: live.object,
    references: live.references,
    catalog,
    ...(other === undefined ? {} : { other }),
    observed,
    now,
    chain,
    ...(isManual(record) ? { isManual: true } : {}),
    stage,
    evaluateText: (expression, what) => evaluateText(expression, bindings, what),
    evaluate: (expression) => evaluateValue(expression, bindings),
  };
}

function toProblem(phase: RecordProblem["phase"], code: string, message: string): ActionDecision {
  return { outcome: "problem", problem: { phase, code, message } };
}
