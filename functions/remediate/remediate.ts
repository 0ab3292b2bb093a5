import type { RemediationRecord } from "../../events/remediation.ts";
import type { RemediationRequest } from "../../events/request.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/client.ts";
import type { Discovery } from "../../adapters/kubernetes/discovery.ts";
import { createExecutor, type ExecutorDeps } from "../../adapters/kubernetes/executor.ts";
import type { RecordStore } from "../../adapters/kubernetes/records.ts";
import { isKubemendError } from "../../core/errors.ts";
import { planClaim, toReleased } from "../../core/records/claim.ts";
import { parsePlan, withPlan } from "../../core/records/plan.ts";
import {
  planNextStep,
  toEnded,
  toStarted,
  toStepEnded,
  type RecordEnd,
} from "../../core/records/progress.ts";
import { toRecordSpec } from "../../core/records/spec.ts";
import type { Pipeline } from "../../core/rules/pipeline.ts";
import { openHeldRecord, type HeldRecord, type Lost } from "./held-record.ts";
import { isTemporary } from "./is-temporary.ts";
import { planRemediation } from "./plan-remediation.ts";

export type RemediateDeps = {
  readonly client: KubernetesClient;
  readonly records: RecordStore;
  readonly discovery: Discovery;
  readonly pipeline: Pipeline;
  readonly clusterUid: (signal: AbortSignal) => Promise<string>;
  readonly sendAlert: ExecutorDeps["sendAlert"];
  /** ms since the epoch. */
  readonly now: () => number;
};

/** One delivery of a request to one executor. */
export type Run = {
  /** Names this run, and no other. */
  readonly holder: string;
  /** When the function is stopped, ms since the epoch. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
};

export type RemediationResult =
  /** This run brought the record to its end. */
  | { readonly outcome: "ended"; readonly record: RemediationRecord }
  /** It had ended before: the request came again. */
  | { readonly outcome: "over"; readonly phase: string }
  | { readonly outcome: "held"; readonly holdUntil: string }
  | { readonly outcome: "parked"; readonly phase: string }
  | Lost
  /** The request is about a cluster that this function does not reach. */
  | { readonly outcome: "misdirected"; readonly message: string };

/** A claim outlives its function by this: a frozen process may finish a request that it had sent. */
const HOLD_MARGIN_MS = 30_000;
/** To give a claim back after a failure, when the run's own time may be over. */
const RELEASE_TIMEOUT_MS = 2_000;

/**
 * Carries a request out, once: record, claim, live check, plan stored, then step by step, each saved as started before its write
 * and as ended after. Whatever dies between two of these, the next delivery goes on from what is stored.
 * Throws where trying again may help (the claim is given back), or where the record cannot be made.
 */
export async function remediate(
  request: RemediationRequest,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const uid = await deps.clusterUid(run.signal);
  const { cluster, record: name } = request.data;
  if (cluster.uid !== uid) {
    const message = `the request is about cluster ${cluster.name} (${cluster.uid}), this function reaches ${uid}`;
    return { outcome: "misdirected", message };
  }
  const record = await deps.records.obtain(name, toRecordSpec(request), run.signal);
  const claim = planClaim(record, {
    holder: run.holder,
    now: toTime(deps),
    holdMs: run.deadlineMs - deps.now() + HOLD_MARGIN_MS,
  });
  switch (claim.outcome) {
    case "ended":
      return { outcome: "over", phase: claim.phase };
    case "parked":
      return { outcome: "parked", phase: claim.phase };
    case "wait":
      return { outcome: "held", holdUntil: claim.holdUntil };
    case "claim": {
      const held = openHeldRecord(deps.records, record);
      const lost = await held.save(claim.status, run.signal);
      return lost ?? (await carryOutClaimed(held, deps, run));
    }
  }
}

async function carryOutClaimed(
  held: HeldRecord,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  try {
    return await carryOut(held, deps, run);
  } catch (error) {
    if (!isTemporary(error) && isKubemendError(error)) {
      const { code: reason, message } = error;
      return end(held, { phase: "Failed", reason, message }, deps, run);
    }
    await release(held);
    throw error;
  }
}

async function carryOut(
  held: HeldRecord,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const executor = createExecutor(deps);
  let status = held.status();
  if (status.plan === undefined) {
    const planDeps = { ...deps, executor, now: toTime(deps) };
    const plan = await planRemediation(held.record(), planDeps, run.signal);
    if (!plan.ok) return end(held, plan.error, deps, run);
    status = withPlan(status, plan.value);
  }
  const operations = parsePlan(status);
  if (!operations.ok) {
    const message = `the stored plan cannot be read: ${operations.error}`;
    return end(held, { phase: "Failed", reason: "PlanUnreadable", message }, deps, run);
  }
  for (;;) {
    const { mode } = held.record().spec;
    const next = planNextStep(status, operations.value, mode);
    if (next.outcome === "finished") {
      return end(held, next.end, deps, run, status);
    }
    const lost = await held.save(toStarted(status, next.index, toTime(deps)), run.signal);
    if (lost !== undefined) return lost;
    const context = { record: held.record(), now: toTime(deps), problem: next.problem };
    const outcome = await executor.execute(next.operation, context, run.signal);
    status = toStepEnded(held.status(), next.index, outcome, toTime(deps));
  }
}

async function end(
  held: HeldRecord,
  how: RecordEnd,
  deps: RemediateDeps,
  run: Run,
  status = held.status(),
): Promise<RemediationResult> {
  const lost = await held.save(toEnded(status, how, toTime(deps)), run.signal);
  return lost ?? { outcome: "ended", record: held.record() };
}

async function release(held: HeldRecord): Promise<void> {
  try {
    await held.save(toReleased(held.status()), AbortSignal.timeout(RELEASE_TIMEOUT_MS));
  } catch {
    // It expires by itself.
  }
}

function toTime({ now }: Pick<RemediateDeps, "now">): string {
  return new Date(now()).toISOString();
}
