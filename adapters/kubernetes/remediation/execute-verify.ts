import type { OperationOutcome, VerifyOperation } from "../../../core/operations/operation.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { readJobEnd } from "../../../core/operations/job-end.ts";
import { VERIFY_UNKNOWN } from "../../../core/records/next-step.ts";
import { toBindings } from "../../../core/decide/bindings.ts";
import { compileExpression, type Evaluation } from "../../../core/cel/compile.ts";
import { formatDuration } from "../../../core/text/duration.ts";
import type { Redact } from "../../../core/redaction/redactor.ts";
import type { KubernetesClient } from "../http/client.ts";
import type { ExecutionContext } from "./execution-context.ts";
import { getObject } from "../api/objects.ts";

/** An object that was just created cannot have progressed: the first check is after this time, or once the object has changed. */
const FIRST_LOOK_MS = 2_000;
/** After that, each interval is as long as the time that has passed, up to this. */
const PAUSE_MAX_MS = 60_000;

/**
 * Checks whether the target fulfils the rule's `verify`. Returns `wait` until it does or the time is over, then `failed`. If the target
 * is gone (history limits, ttlSecondsAfterFinished), the answer is unknown. A missing field is not an error: a young object lacks some.
 */
export async function executeVerify(
  { client, redact }: { readonly client: KubernetesClient; readonly redact: Redact },
  operation: VerifyOperation,
  context: ExecutionContext,
  signal: AbortSignal | undefined,
): Promise<OperationOutcome> {
  if (context.record.spec.mode === "dryRun") return { outcome: "done", message: "dry run" };
  const nowMs = Date.parse(context.now);
  const startedMs = Date.parse(context.step?.startedAt ?? context.now);
  const endsMs = startedMs + operation.withinMs;
  const elapsedMs = nowMs - startedMs;
  const firstLookMs = Math.min(startedMs + FIRST_LOOK_MS, endsMs);
  if (nowMs < firstLookMs && context.changed === undefined) return toWait(operation, firstLookMs);
  const { target, expression } = operation;
  const what = `${target.kind} ${target.name}`;
  const uid = findUid(operation, context);
  const object = await getObject(client, target, signal);
  const isGone = object === null || object.metadata.uid !== uid;
  const after = `${Math.round(elapsedMs / 1000)} s`;
  if (operation.gone === true && isGone) return { outcome: "done", message: `gone after ${after}` };
  if (isGone) {
    const message = `${what} was gone before it was seen to ${describeAim(operation)}`;
    return { outcome: "done", code: VERIFY_UNKNOWN, message };
  }
  const readable = redact(object, target).object;
  const answer = judge(expression, readable, context);
  if (answer.outcome === "value" && answer.value === true) {
    return { outcome: "done", message: `verified after ${after}` };
  }
  if (answer.outcome === "error") {
    return { outcome: "failed", code: "RuleError", message: `verify: ${answer.message}` };
  }
  const final = findFinalState(operation, readable, context);
  if (final !== undefined) {
    const message = `${what} will not ${describeAim(operation)}: ${final}`;
    return { outcome: "failed", code: "NotVerified", message };
  }
  if (nowMs >= endsMs) {
    const message = `${what} did not ${describeAim(operation)} within ${formatDuration(operation.withinMs)}`;
    return { outcome: "failed", code: "NotVerified", message };
  }
  const nextMs = Math.min(nowMs + Math.min(elapsedMs, PAUSE_MAX_MS), endsMs);
  return toWait(operation, Math.max(nextMs, firstLookMs));
}

/**
 * Why there is nothing to wait for: a Job that has failed for good (backoffLimit, deadline, podFailurePolicy) stays so, and an action may
 * know more. Not yet Failed, but to become so (FailureTarget), its Pods may still run. A suspended Job is waited for.
 */
function findFinalState(
  { target, failed, gone }: VerifyOperation,
  object: KubernetesObject,
  context: ExecutionContext,
): string | undefined {
  const answer = judge(failed, object, context);
  const value = answer.outcome === "value" ? answer.value : undefined;
  if (value === true) return `\`${failed}\` is true`;
  if (typeof value === "string" && value !== "") return value;
  if (gone === true) return undefined;
  if (target.group !== "batch" || target.resource !== "jobs") return undefined;
  const end = readJobEnd(object);
  return end?.type === "Failed" ? `it has failed (${end.reason})` : undefined;
}

function judge(
  expression: string | undefined,
  object: KubernetesObject,
  context: ExecutionContext,
): Evaluation {
  if (expression === undefined) return { outcome: "value", value: false };
  return evaluate(expression, object, context);
}

/** Describes the condition that the operation waits for. */
function describeAim({ expression, gone }: VerifyOperation): string {
  return gone === true ? "be gone" : `fulfil \`${expression}\``;
}

function evaluate(
  expression: string,
  object: unknown,
  { record, now }: ExecutionContext,
): Evaluation {
  const compiled = compileExpression(expression);
  if (!compiled.ok) return { outcome: "error", message: compiled.error.message };
  const { change, references, cluster } = record.spec;
  return compiled.value.evaluate(toBindings({ object, change, references, cluster, now }));
}

function findUid(operation: VerifyOperation, { status }: ExecutionContext): string | undefined {
  if (operation.madeBy === undefined) return operation.uid;
  return status?.steps?.find(({ name }) => name === operation.madeBy)?.object?.uid;
}

function toWait(operation: VerifyOperation, untilMs: number): OperationOutcome {
  const { kind, name } = operation.target;
  const message = `waits for ${kind} ${name} to ${describeAim(operation)}`;
  return { outcome: "wait", until: new Date(untilMs).toISOString(), reason: "Verifying", message };
}
