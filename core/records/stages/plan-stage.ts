import type { RecordProblem } from "../../../events/remediation.ts";
import type { Trigger } from "../../../events/request.ts";
import type { EffectCheck } from "../../actions/contract/action.ts";
import type { ObjectAddress, WriteOperation } from "../../operations/operation.ts";
import type { Rule } from "../../pipeline/pipeline.ts";

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

/** What the verifications of a stage are about. */
export type StageContext = {
  readonly verify?: Rule["verify"];
  readonly trigger: Trigger;
};

/** The operations of an action that has any. */
export function toOperations(action: PlannedAction): readonly WriteOperation[] {
  return action.outcome === "operations" ? action.operations : [];
}

/** Operations whose target the rule's own `verify` is about. */
const MAKING: ReadonlySet<WriteOperation["type"]> = new Set(["create", "createManifest", "patch"]);

/** The writes of a stage, and what follows them to verify their effect. */
export function toStage(
  actions: readonly PlannedAction[],
  stage: number,
  { verify, trigger }: StageContext,
): readonly WriteOperation[] {
  const planned = actions.flatMap(toOperations).filter(({ type }) => type !== "alert");
  const writes = numberNames(planned).map((write) => toStaged(write, stage));
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

/** Operations with the same name are numbered: the names of the steps of a record are unique. */
export function numberNames(operations: readonly WriteOperation[]): readonly WriteOperation[] {
  const seen = new Map<string, number>();
  return operations.map((operation) => {
    const count = (seen.get(operation.name) ?? 0) + 1;
    seen.set(operation.name, count);
    return count === 1 ? operation : { ...operation, name: `${operation.name}-${count}` };
  });
}
