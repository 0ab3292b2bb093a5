import type { RecordStep } from "../../../events/remediation.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { ExecutionContext } from "../../../adapters/kubernetes/remediation/execution-context.ts";
import { describeError, isKubemendError } from "../../../core/errors.ts";
import type { FanOutOperation } from "../../../core/operations/fan-out.ts";
import type { OperationOutcome, SingleOperation } from "../../../core/operations/operation.ts";
import {
  withEntry,
  type TargetEntry,
  type TargetProgress,
} from "../../../core/records/targets/progress.ts";
import { FAILURES_IN_A_ROW_MAX } from "../plan/take-page.ts";

/** A target that failed for a reason that may pass is tried again after this. */
const AGAIN_MS = 15_000;
/** A write cannot have had its effect before this. */
const FIRST_LOOK_MS = 2_000;

type PageDeps = {
  readonly executor: Executor;
  readonly context: Pick<ExecutionContext, "record" | "status" | "changed" | "dryRun">;
  readonly step: Pick<RecordStep, "name">;
  /** RFC 3339 ms. */
  readonly now: () => string;
  /** Remembers the progress, in case that the run fails. */
  readonly keep: (progress: TargetProgress) => void;
  /** Whether the run has no time left for another target. */
  readonly isOver: () => boolean;
};

/**
 * Carries out what is due of a page, one target after the other. What one of them fails with, or waits for, is its own outcome. Throws if
 * several in a row fail for a reason that may pass, because then the others would too.
 */
export async function runPage(
  progress: TargetProgress,
  operation: FanOutOperation,
  deps: PageDeps,
  signal: AbortSignal,
): Promise<TargetProgress> {
  let current = progress;
  let inARow = 0;
  for (const [index, entry] of progress.page.entries()) {
    if (deps.isOver()) return current;
    if (!isDue(entry, deps.now())) continue;
    const startedAt = entry.startedAt ?? deps.now();
    const begun: TargetEntry = { ...entry, startedAt };
    let next: TargetEntry;
    try {
      next = await runEntry(begun, operation, deps, signal);
      inARow = 0;
    } catch (error) {
      inARow += 1;
      if (inARow >= FAILURES_IN_A_ROW_MAX || signal.aborted) throw error;
      next = toTroubled(begun, error, operation, deps.now());
    }
    current = withEntry(current, index, next);
    deps.keep(current);
  }
  return current;
}

function isDue({ state, operation, until }: TargetEntry, now: string): boolean {
  if (operation === undefined) return false;
  return state === "planned" || (state === "waiting" && (until ?? "") <= now);
}

async function runEntry(
  entry: TargetEntry,
  operation: FanOutOperation,
  { executor, context, step, now }: PageDeps,
  signal: AbortSignal,
): Promise<TargetEntry> {
  if (entry.operation === undefined) return entry;
  const { startedAt } = entry;
  const own = { name: step.name, state: "started", startedAt } as const;
  const outcome = await executor.execute(
    entry.operation,
    { ...context, now: now(), step: own },
    signal,
  );
  return toNext(entry, outcome, operation, now());
}

/** The entry after its operation: a write that is verified is followed by its verification. */
function toNext(
  entry: TargetEntry,
  outcome: OperationOutcome,
  operation: FanOutOperation,
  now: string,
): TargetEntry {
  const { code: _code, message: _message, until: _until, ...rest } = entry;
  switch (outcome.outcome) {
    case "wait": {
      const { until, reason: code, message } = outcome;
      return { ...rest, state: "waiting", until, code, message };
    }
    case "failed": {
      const { code, message } = outcome;
      return { ...toEnded(rest), state: "failed", code, message };
    }
    case "done": {
      const verification = toVerification(entry, operation);
      if (verification === undefined) return { ...toEnded(rest), state: "done" };
      const { check: _check, ...verifying } = rest;
      const until = new Date(Date.parse(now) + FIRST_LOOK_MS).toISOString();
      return { ...verifying, operation: verification, state: "waiting", startedAt: now, until };
    }
  }
}

/** Of an entry that has ended only its outcome is kept. */
function toEnded({ operation: _operation, check: _check, ...rest }: TargetEntry): TargetEntry {
  return rest;
}

/** The verification that follows a write, if the rule asks for it and there is one. */
function toVerification(
  { operation, check }: TargetEntry,
  { verify }: FanOutOperation,
): SingleOperation | undefined {
  if (verify === undefined || operation === undefined || !("uid" in operation)) return undefined;
  if (operation.type === "verify") return undefined;
  const { expression, withinMs } = verify;
  const own = expression === undefined ? check : { expression, withinMs: withinMs ?? 0 };
  if (own === undefined) return undefined;
  const { target, uid } = operation;
  const within = withinMs === undefined ? {} : { withinMs };
  return { type: "verify", name: `${operation.name}-verify`, ...own, ...within, target, uid };
}

function toTroubled(
  entry: TargetEntry,
  error: unknown,
  { giveUpAfterMs }: FanOutOperation,
  now: string,
): TargetEntry {
  const code = isKubemendError(error) ? error.code : "Internal";
  const message = describeError(error);
  const nowMs = Date.parse(now);
  if (nowMs - Date.parse(entry.startedAt ?? now) >= giveUpAfterMs) {
    return { ...toEnded(entry), state: "failed", code, message };
  }
  const until = new Date(nowMs + AGAIN_MS).toISOString();
  return { ...entry, state: "waiting", until, code, message };
}
