import type { RecordProblem, RemediationRecord } from "../../../events/remediation.ts";
import type { FanOutOperation } from "../../../core/operations/fan-out.ts";
import { NO_PROGRESS, toCompact } from "../../../core/records/targets/progress.ts";
import { describeFailures, describeProgress } from "../../../core/records/targets/outcome.ts";
import { ok, refuse, type Result } from "../../../core/result.ts";
import { findTargets } from "../plan/targets/find-targets.ts";
import { readCatalog } from "../plan/live-match.ts";
import { takePage } from "../plan/take-page.ts";
import { runPage } from "./run-page.ts";
import { openExecutor, toTime, type RemediateDeps } from "./run.ts";

/**
 * The targets of the first page of a fan-out that would fail, on one line: the writes are sent with `dryRun=All`. Undefined if none would.
 * Refused if it would do nothing but fail.
 */
export async function previewTargets(
  { verify: _verify, ...operation }: FanOutOperation,
  record: RemediationRecord,
  deps: RemediateDeps,
  signal: AbortSignal,
): Promise<Result<string | undefined, RecordProblem>> {
  const executor = openExecutor(deps);
  const now = (): string => toTime(deps);
  const catalog = await readCatalog(record.spec, deps.discovery, signal);
  const context = { record, executor, catalog, pipeline: deps.pipeline, now: now() };
  const find = () => findTargets(operation, context, signal);
  const all = { keep: () => undefined, isOver: () => false };
  const page = await takePage(NO_PROGRESS, operation, { ...context, ...all, find }, signal);
  const tried = await runPage(
    page,
    operation,
    {
      executor,
      context: { record, dryRun: true },
      step: { name: operation.name },
      now,
      ...all,
    },
    signal,
  );
  const progress = toCompact(tried);
  if (progress.failed > 0 && progress.done === 0) {
    const message = describeProgress(operation, progress);
    return refuse({ phase: "Failed", code: "TargetsFailed", message });
  }
  return ok(progress.failed === 0 ? undefined : describeFailures(progress));
}
