import type { AlertMessage } from "../../../events/alert.ts";
import type { ChangeMessage, KubernetesObject } from "../../../events/change.ts";
import { previewStep } from "../../../core/preview/preview-step.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import type { WritePlan } from "../../../core/records/plan.ts";
import { createRedact } from "../../../core/redaction/redactor.ts";
import type { Attempt } from "./attempt.ts";
import { toOfflineEffect } from "./offline-effect.ts";
import type { OfflineObjects } from "./offline-objects.ts";
import { simulateAlert } from "./simulate-alert.ts";
import type { SimulatedStep } from "./simulated-plan.ts";

export type PreviewInput = {
  readonly pipeline: Pipeline;
  readonly message: ChangeMessage;
  /** The objects that the diffs compare. */
  readonly compared: OfflineObjects;
  /** Namespaces among them have the labels that routes ask for. */
  readonly objects: readonly KubernetesObject[];
};

/** Each step with the diff of its object, or with the alert as its receivers would show it; and the messages of the alerts. */
export async function previewSteps(
  { operations, problem }: Pick<WritePlan, "operations" | "problem">,
  { record, requested }: Attempt,
  { pipeline, message, compared, objects }: PreviewInput,
): Promise<{
  readonly steps: readonly SimulatedStep[];
  readonly messages: readonly AlertMessage[];
}> {
  const deps = { record, objects: compared, redact: createRedact(pipeline) };
  const steps: SimulatedStep[] = [];
  const messages: AlertMessage[] = [];
  for (const operation of operations) {
    const step = previewStep(operation, toOfflineEffect(operation, deps));
    if (operation.type !== "alert") {
      steps.push(step);
      continue;
    }
    const about = { pipeline, message, record: requested, problem, objects };
    const routed = await simulateAlert(operation, about);
    messages.push(...routed.messages);
    steps.push({ ...step, alert: routed.alert });
  }
  return { steps, messages };
}
