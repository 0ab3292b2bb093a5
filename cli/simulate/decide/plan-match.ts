import type { KubernetesObject } from "../../../events/change.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { beginAttempt, planAttempt } from "./attempt.ts";
import type { ExplainedDecision } from "./decide-change.ts";
import { createOfflineExecutor, NotKnown } from "./offline-executor.ts";
import { toOfflineObjects, type ObjectsElsewhere } from "./offline-objects.ts";
import { previewSteps } from "./preview-steps.ts";
import type { SimulatedPlan } from "./simulated-plan.ts";
import type { RecordInput } from "./simulated-record.ts";

export type PlanInput = RecordInput & {
  readonly catalog: Catalog;
  /** The objects that the user has named. */
  readonly objects: readonly KubernetesObject[];
  /** Those of other clusters. */
  readonly elsewhere?: ObjectsElsewhere | undefined;
};

/**
 * Plans a match as remediate does, with its own code and checks, on the recorded object and those that the user has named. Undefined if the
 * rule did not match.
 */
export async function planMatch(
  decision: ExplainedDecision,
  input: PlanInput,
  signal: AbortSignal,
): Promise<SimulatedPlan | undefined> {
  const begun = beginAttempt(decision, input);
  if (begun?.ok !== true) return begun?.error;
  const attempt = begun.value;
  const { waits, startsAt } = attempt;
  const { pipeline, message, references } = input;
  const { objects, elsewhere } = input;
  const compared = toOfflineObjects(objects, message, references, pipeline, elsewhere);
  const executor = createOfflineExecutor(compared);
  try {
    const planned = await planAttempt(attempt, { ...input, executor }, signal);
    if (!planned.ok) return planned.error;
    const { notes, problem } = planned.value;
    const shown = await previewSteps(planned.value, attempt, { ...input, compared });
    return { waits, ...shown, notes, refusal: problem, startsAt };
  } catch (error) {
    return { waits, steps: [], startsAt, ...toFault(error) };
  }
}

function toFault(error: unknown): Pick<SimulatedPlan, "missing" | "refusal"> {
  if (error instanceof NotKnown) {
    const { message, command, cluster } = error;
    return { missing: { message, command, ...(cluster === undefined ? {} : { cluster }) } };
  }
  if (!isKubemendError(error)) throw error;
  return { refusal: { code: error.code, message: error.message } };
}
