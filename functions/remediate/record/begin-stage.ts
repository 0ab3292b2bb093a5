import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { OnFailureOperation } from "../../../core/operations/operation.ts";
import { readEvidence } from "../../../core/records/messages/evidence.ts";
import { isTemporary } from "../../../core/records/is-temporary.ts";
import { withStage } from "../../../core/records/plan.ts";
import { NOTHING_TO_DO } from "../../../core/records/stages/on-failure.ts";
import { toStage } from "../../../core/records/stages/plan-stage.ts";
import { toStepEnded, type StepOutcome } from "../../../core/records/step-progress.ts";
import { planActionWait } from "../../../core/records/wait-before-start.ts";
import { toWaiting } from "../../../core/records/wait.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { readCatalog } from "../plan/live-match.ts";
import { readTrigger, toKnownObject, type LiveTrigger } from "../plan/live-trigger.ts";
import { planAction, type ActionDecision } from "../plan/plan-action.ts";
import { readKeptChain } from "../plan/trigger-chain.ts";
import type { HeldRecord } from "./held-record.ts";
import {
  openExecutor,
  toTime,
  type RemediateDeps,
  type RemediationResult,
  type Run,
} from "./run.ts";
import { saveWait } from "./save-outcome.ts";

type Place = { readonly index: number; readonly operation: OnFailureOperation };
type Begun = { readonly status: RecordStatus } | { readonly result: RemediationResult };

/**
 * Plans an action of `onFailure` on the objects as they are now, with the same checks as an action of `then`. Its operations take the place
 * of its step; the save before the first of them stores both, so a run that dies before that plans again. An action that is refused is
 * a step that has failed, and one that finds nothing to do a step that says so. One that can do nothing yet waits.
 */
export async function beginStage(
  held: HeldRecord,
  status: RecordStatus,
  { index, operation }: Place,
  deps: RemediateDeps,
  run: Run,
): Promise<Begun> {
  const record = { ...held.record(), status };
  const now = toTime(deps);
  const end = (outcome: StepOutcome): Begun => {
    const { waitingSince: _since, ...rest } = status;
    return { status: toStepEnded(rest, index, outcome, now) };
  };
  const decided = await decide(record, operation, deps, now, run.signal);
  switch (decided.outcome) {
    case "problem":
      return end({ outcome: "failed", ...decided.problem });
    case "wait": {
      const wait = planActionWait(status, decided, operation, now);
      if (!wait.ok) return end({ outcome: "failed", ...wait.error });
      return { result: await saveWait(held, toWaiting(status, wait.value), run) };
    }
    case "done":
    case "operations": {
      const { stage, verify } = operation;
      const { trigger } = record.spec;
      const planned = toStage([decided], stage, { verify, trigger });
      if (decided.outcome === "done") {
        const done = toStepEnded(status, index, { ...decided, code: NOTHING_TO_DO }, now);
        return { status: withStage(done, index, planned, "after") ?? done };
      }
      const message = `with ${operation.action} the plan would be larger than a record keeps`;
      return (
        toBegun(withStage(status, index, planned)) ??
        end({ outcome: "failed", code: "PlanTooLarge", message })
      );
    }
  }
}

function toBegun(status: RecordStatus | undefined): Begun | undefined {
  return status === undefined ? undefined : { status };
}

async function decide(
  record: RemediationRecord,
  operation: OnFailureOperation,
  deps: RemediateDeps,
  now: string,
  signal: AbortSignal,
): Promise<ActionDecision> {
  // What was read before is what `then` has changed since.
  const executor = openExecutor(deps);
  const { reach, whereTarget, giveUpAfterMs, stage, action, parameters } = operation;
  const { pipeline, count } = deps;
  const { id } = record.spec.rule;
  const guards = pipeline.rules.find((own) => own.id === id)?.guards;
  const rule = { id, reach, whereTarget, giveUpAfterMs, guards };
  try {
    const catalog = await readCatalog(record.spec, deps.discovery, signal);
    const live = await readKnownTrigger(record, { executor, catalog }, signal);
    const context = { record, rule, pipeline, live, catalog, executor, now, count };
    const place = { chain: readKeptChain(record), stage };
    return await planAction({ action, parameters }, context, place, signal);
  } catch (error) {
    if (isTemporary(error) || !isKubemendError(error)) throw error;
    const { code, message } = error;
    return { outcome: "problem", problem: { phase: "Failed", code, message } };
  }
}

/**
 * The trigger, or what the record knows of one that is gone: `then` may have evicted the very Pod that named the Node which is to be
 * uncordoned. Whatever is written to is read live all the same.
 */
async function readKnownTrigger(
  { spec }: RemediationRecord,
  deps: { readonly executor: ReturnType<typeof openExecutor>; readonly catalog: Catalog },
  signal: AbortSignal,
): Promise<LiveTrigger> {
  const read = await readTrigger(spec, deps, signal);
  if (read.ok) return read.value;
  return {
    object: toKnownObject(spec.trigger, readEvidence(spec)),
    references: spec.references,
  };
}
