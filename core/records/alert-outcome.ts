import type { AlertOutcome } from "../../events/alert.ts";
import type { RecordStatus, RecordStep } from "../../events/remediation.ts";
import { describeAddress, describeOperation } from "../operations/describe-operation.ts";
import type { WriteOperation } from "../operations/operation.ts";
import { limitText } from "../text/limit-text.ts";
import { hasChanged, VERIFY_UNKNOWN } from "./next-step.ts";
import { parsePlan } from "./plan.ts";

/** More steps are counted only. */
const STEPS_MAX = 10;
const STEP_MAX_LENGTH = 300;

/**
 * The outcome of a remediation before its alert is sent, from the steps that have ended. Undefined if nothing was changed and
 * nothing went wrong: then the alert reports the match, and is not over. `now` is RFC 3339.
 */
export function toAlertOutcome(
  status: RecordStatus,
  problem: { readonly code: string } | undefined,
  now: string,
): AlertOutcome | undefined {
  const plan = parsePlan(status);
  const refused = status.plan?.problem?.phase === "Refused";
  if (!plan.ok) return undefined;
  const acting = plan.value.flatMap((operation, index) =>
    operation.type === "alert" ? [] : [{ operation, step: status.steps?.[index] }],
  );
  if (problem === undefined && !hasChanged(plan.value, status.steps ?? [])) return undefined;
  const lines = acting.flatMap(({ operation, step }) => describeStep(operation, step));
  const shown = lines.slice(0, STEPS_MAX);
  const more = lines.length - shown.length;
  return {
    result: toResult(problem, refused),
    steps: more === 0 ? shown : [...shown, `${more} more steps`],
    ...(status.startedAt === undefined
      ? {}
      : { tookMs: Math.max(0, Date.parse(now) - Date.parse(status.startedAt)) }),
  };
}

function toResult(
  problem: { readonly code: string } | undefined,
  refused: boolean,
): AlertOutcome["result"] {
  if (problem === undefined) return "succeeded";
  if (problem.code === VERIFY_UNKNOWN) return "unknown";
  return refused ? "refused" : "failed";
}

function describeStep(operation: WriteOperation, step: RecordStep | undefined): readonly string[] {
  if (step?.state !== "done" && step?.state !== "failed") return [];
  const { name, state, message, object } = step;
  if (state === "failed") return [limit(`${name} failed: ${message ?? step.code ?? "no reason"}`)];
  if (operation.type === "awaitGone") return [];
  const did =
    operation.type === "verify"
      ? `verified ${describeAddress(operation.target)}`
      : describeOperation(operation, true, object);
  if (operation.type === "fanOut") return [limit(message ?? did ?? name)];
  const said = message === undefined || message === "" ? "" : `: ${message}`;
  return [limit(`${did ?? name}${said}`)];
}

function limit(text: string): string {
  return limitText(text, STEP_MAX_LENGTH);
}
