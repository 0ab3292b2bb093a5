import type { OnFailureOperation, WriteOperation } from "../../operations/operation.ts";
import type { Rule } from "../../pipeline/pipeline.ts";

/** The part of a rule that decides about its actions of `onFailure`. */
export type OnFailureRule = Pick<
  Rule,
  "onFailure" | "reach" | "whereTarget" | "verify" | "giveUpAfterMs"
>;

/** The code of a step of `onFailure` whose action found nothing to do. */
export const NOTHING_TO_DO = "NothingToDo";

/**
 * A step for each action of `onFailure`. The action is planned when its stage begins, because only then is it known what `then` has left
 * behind: what undoes an action of `then` would find nothing to do before. The step holds all that the rule says about it, so that what
 * has begun is finished as the rule was, also if the pipeline is changed meanwhile.
 */
export function toOnFailure(rule: OnFailureRule): readonly OnFailureOperation[] {
  const { onFailure = [], reach, whereTarget, verify, giveUpAfterMs } = rule;
  return onFailure.map(({ action, parameters }, index) => ({
    type: "onFailure",
    name: `${action}-stage-${index + 1}`,
    action,
    parameters,
    ...(reach === undefined ? {} : { reach }),
    ...(whereTarget === undefined ? {} : { whereTarget }),
    ...(verify === undefined ? {} : { verify }),
    ...(giveUpAfterMs === undefined ? {} : { giveUpAfterMs }),
    stage: index + 1,
  }));
}

/** Whether a stage has ended without anything to do, so that what failed before it is as it was. */
export function isIdle(
  steps: readonly { readonly state: string; readonly code?: string | undefined }[],
): boolean {
  return (
    steps.length > 0 && steps.every(({ state, code }) => state === "done" && code === NOTHING_TO_DO)
  );
}

/** Whether an operation is an action of `onFailure` that has not been planned yet. */
export function isOnFailure(operation: WriteOperation): operation is OnFailureOperation {
  return operation.type === "onFailure";
}
