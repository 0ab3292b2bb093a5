import type {
  RecordProblem,
  RecordStatus,
  RemediationRecord,
} from "../../../events/remediation.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { Hold } from "../../../core/guards/hold.ts";
import { APPROVE_WITHIN_MS, describeDecision, toAwaiting } from "../../../core/records/approval.ts";
import { describeHeldLater } from "../../../core/records/guards/describe-held-later.ts";
import { withPlan, type WritePlan } from "../../../core/records/plan.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import {
  formatHead,
  formatPreviews,
  previewStep,
  type StepPreview,
} from "../../../core/preview/preview-step.ts";
import { previewTargets } from "./preview-targets.ts";
import type { RemediateDeps } from "./run.ts";
import { refuse, ok, type Result } from "../../../core/result.ts";

type ApprovalRequest = {
  readonly record: RemediationRecord;
  readonly status: RecordStatus;
  readonly plan: WritePlan;
  readonly rule: Rule;
  readonly executor: Executor;
  /** To try fan-outs. */
  readonly deps: RemediateDeps;
  /** RFC 3339 ms. */
  readonly now: string;
  /** The hold that a guard would put on the plan if it were approved now. */
  readonly hold?: Hold | undefined;
};

/**
 * Asks for the approval of a plan: each write is sent to the API server with `dryRun=All`, the rule's alerts describe what would be done,
 * with the diff of each object, and how to decide, and the returned status waits. The alerts are sent first: if the run dies then, they are sent again under the
 * same ids. Refused with the API server's answer if it would refuse a write: nobody needs to approve what cannot be done.
 */
export async function askApproval(
  request: ApprovalRequest,
  signal: AbortSignal,
): Promise<Result<RecordStatus, WritePlan>> {
  const { record, status, plan, rule, executor, now, hold } = request;
  const preview = await previewPlan(request, signal);
  if (!preview.ok) {
    const alerts = plan.operations.filter(({ type }) => type === "alert");
    return refuse({ operations: alerts, problem: preview.error });
  }
  const untilMs = Date.parse(now) + (rule.approveWithinMs ?? APPROVE_WITHIN_MS);
  const until = new Date(untilMs).toISOString();
  const held = hold === undefined ? undefined : describeHeldLater(hold, rule.guards, now);
  const shown = [...formatPreviews(preview.value), ...(held === undefined ? [] : [held])];
  const heads = preview.value.filter(isWriting).map(formatHead).join(", ");
  const later = held === undefined ? "" : `; ${held}`;
  const details = `approval needed until ${until}: ${heads}${later}. ${describeDecision(record)}`;
  for (const operation of plan.operations) {
    if (operation.type !== "alert") continue;
    const { name, summary } = operation;
    const alert = { ...operation, name: `${name}-approval`, summary: `${summary} (${details})` };
    await executor.execute(alert, { record, now, preview: shown }, signal);
  }
  return ok(toAwaiting(withPlan(status, plan), { until, preview: shown }));
}

function isWriting({ type }: { readonly type: string }): boolean {
  return type !== "alert" && type !== "verify";
}

/** A verification, an alert and an action of `onFailure` are only described: the last is planned if `then` has failed. */
async function previewPlan(
  { plan, record, executor, deps, now }: ApprovalRequest,
  signal: AbortSignal,
): Promise<Result<readonly StepPreview[], RecordProblem>> {
  const previews: StepPreview[] = [];
  for (const operation of plan.operations) {
    if (!isWriting(operation) || operation.type === "onFailure") {
      previews.push(previewStep(operation));
      continue;
    }
    if (operation.type === "fanOut") {
      const tried = await previewTargets(operation, record, deps, signal);
      if (!tried.ok) return tried;
      previews.push(previewStep(operation, undefined, tried.value));
      continue;
    }
    const outcome = await executor.execute(operation, { record, now, dryRun: true }, signal);
    if (outcome.outcome === "failed") {
      return refuse({ phase: "Failed", code: outcome.code, message: outcome.message });
    }
    const effect = outcome.outcome === "done" ? outcome.effect : undefined;
    previews.push(previewStep(operation, effect, outcome.message));
  }
  return ok(previews);
}
