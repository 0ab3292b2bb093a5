import type { RecordStep } from "../../../events/remediation.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { ExecutionContext } from "../../../adapters/kubernetes/remediation/execution-context.ts";
import { describeError, isKubemendError } from "../../../core/errors.ts";
import type { LeftAlone } from "../../../core/decide/left-alone.ts";
import type { FanOutOperation } from "../../../core/operations/fan-out.ts";
import type { OperationOutcome, SingleOperation } from "../../../core/operations/operation.ts";
import {
  toNamespace,
  withEntry,
  type TargetEntry,
  type TargetProgress,
} from "../../../core/records/targets/progress.ts";
import { findObjectLeftAlone } from "../plan/targets/live-left-alone.ts";
import { watchTrouble } from "../plan/targets/trouble.ts";

/** A target that failed for a reason that may pass is tried again after this. */
const AGAIN_MS = 15_000;
/** A budget is its own reason, and does not say that anything fails. */
const BUDGET = "DisruptionBudget";
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
 * several first attempts in a row fail for a reason that may pass, and not only in one of several namespaces, because then the others would
 * fail too. The next run begins with those that were not attempted.
 */
export async function runPage(
  progress: TargetProgress,
  operation: FanOutOperation,
  deps: PageDeps,
  signal: AbortSignal,
): Promise<TargetProgress> {
  let current = progress;
  const due = findDue(progress.page, deps.now());
  const trouble = watchTrouble(
    due.flatMap(({ entry }) => (isFirst(entry) ? toNamespace(entry.at) : [])),
  );
  for (const { entry, index } of due) {
    if (deps.isOver()) return current;
    const namespace = toNamespace(entry.at);
    let next = toPostponed(entry, deps.now());
    let failure: unknown;
    if (!isFirst(entry) || !trouble.isIn(namespace)) {
      const begun: TargetEntry = { ...entry, startedAt: entry.startedAt ?? deps.now() };
      try {
        next = await runEntry(begun, operation, deps, signal);
        trouble.succeeded();
      } catch (error) {
        if (signal.aborted) throw error;
        next = toTroubled(begun, error, operation, deps.now());
        failure = error;
      }
    }
    current = withEntry(current, index, next);
    deps.keep(current);
    if (failure === undefined || !isFirst(entry)) continue;
    if (trouble.failed(namespace, failure)) throw failure;
  }
  return current;
}

type Due = { readonly entry: TargetEntry; readonly index: number };

/**
 * First the targets that were not attempted yet, those of namespaces with failed ones last, so that what cannot be done now holds nobody;
 * then the others, the longest waiting one first.
 */
function findDue(page: readonly TargetEntry[], now: string): readonly Due[] {
  const troubled = new Set(
    page.flatMap((entry) => (isInTrouble(entry) ? toNamespace(entry.at) : [])),
  );
  const toRank = ({ entry }: Due): number => {
    if (!isFirst(entry)) return 2;
    return troubled.has(toNamespace(entry.at)) ? 1 : 0;
  };
  const toTime = ({ entry }: Due): string => (isFirst(entry) ? "" : (entry.until ?? ""));
  return page
    .flatMap((entry, index) => (isDue(entry, now) ? { entry, index } : []))
    .toSorted((a, b) => {
      if (toRank(a) !== toRank(b)) return toRank(a) - toRank(b);
      return toTime(a) === toTime(b) ? a.index - b.index : toTime(a) < toTime(b) ? -1 : 1;
    });
}

/** Whether nothing has been attempted on it yet. */
function isFirst({ startedAt }: TargetEntry): boolean {
  return startedAt === undefined;
}

function isInTrouble({ state, code, startedAt }: TargetEntry): boolean {
  return state === "waiting" && startedAt !== undefined && code !== undefined && code !== BUDGET;
}

function isDue({ state, operation, until }: TargetEntry, now: string): boolean {
  if (operation === undefined) return false;
  return state === "planned" || (state === "waiting" && (until ?? "") <= now);
}

/** Others of its namespace have just failed, so it is not attempted now. */
function toPostponed(entry: TargetEntry, now: string): TargetEntry {
  const until = new Date(Date.parse(now) + AGAIN_MS).toISOString();
  const message = "is left for later, because others of its namespace have just failed";
  return { ...entry, state: "waiting", until, message };
}

async function runEntry(
  entry: TargetEntry,
  operation: FanOutOperation,
  { executor, context, step, now }: PageDeps,
  signal: AbortSignal,
): Promise<TargetEntry> {
  if (entry.operation === undefined) return entry;
  const alone = await findOptedOut(entry, operation, executor, signal);
  if (alone !== undefined) return { ...toEnded(entry), state: "failed", ...alone };
  const { startedAt } = entry;
  const own = { name: step.name, state: "started", startedAt } as const;
  const outcome = await executor.execute(
    entry.operation,
    { ...context, now: now(), step: own },
    signal,
  );
  return toNext(entry, outcome, operation, now());
}

/** Why a target that has waited for its write is left alone now: its owner may have decided so meanwhile. */
async function findOptedOut(
  { state, operation: write }: TargetEntry,
  { optIn }: FanOutOperation,
  executor: PageDeps["executor"],
  signal: AbortSignal,
): Promise<LeftAlone | undefined> {
  if (state !== "waiting" || write === undefined || !("target" in write)) return undefined;
  if (write.type === "verify") return undefined;
  const { target } = write;
  const live = await executor.read({ type: "get", as: "waited", target }, signal);
  // An object that is gone is left to its operation.
  if (live.type !== "object" || live.object === null) return undefined;
  const { namespace, cluster } = target;
  return findObjectLeftAlone(optIn, live.object, namespace, { executor, signal, cluster });
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
      if (code === BUDGET) return toBlocked(rest, { until, code, message });
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

/** Nothing was done to it, so it is planned again: without its operation, many blocked targets fit into a record. */
function toBlocked(
  { operation, check: _check, ...rest }: TargetEntry,
  why: Pick<TargetEntry, "until" | "code" | "message">,
): TargetEntry {
  const uid = operation !== undefined && "uid" in operation ? { uid: operation.uid } : {};
  return { ...rest, ...uid, state: "waiting", ...why };
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
