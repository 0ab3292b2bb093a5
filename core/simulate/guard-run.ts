import { admit, findHold, type Answer, type Look } from "../guards/admit.ts";
import { withEnds, type EntryEnd } from "../guards/entries.ts";
import { toIso, toMs, type Candidate, type GuardState, type Hold } from "../guards/hold.ts";
import type { GuardSettings } from "../guards/settings.ts";
import { holdBack } from "../records/guards/guarded.ts";
import type { GuardEvent } from "./guard-event.ts";
import type { Timers } from "./timers.ts";

/** Assumptions about what is not known offline. */
export type Assumed = {
  /** How long a remediation takes from its start to the end of its verification. */
  readonly durationMs: number;
  /** All of them fail; otherwise all of them succeed. */
  readonly fails: boolean;
};

/** A request of one rule until it has started or ended. */
export type OpenRequest = {
  readonly rule: string;
  readonly record: string;
  readonly uid: string;
  /** The line of the match. */
  readonly line: number;
  readonly matchedMs: number;
  /** When it asks, after the waits of `for` and `at`. */
  readonly asksMs: number;
  candidate: Candidate;
  /** Why there is nothing to do any more, as the last recorded state of its object says. */
  over?: string | undefined;
  /** Set once a guard has held it back: that guard, since when, and when it expires. */
  held?: { readonly hold: Hold; readonly sinceMs: number; readonly deferUntil: string } | undefined;
};

export type ReportedEvent = Omit<GuardEvent, "time" | "rule" | "record" | "line">;

/** The guard of one rule, on a clock that advances only on request. */
export type GuardRun = {
  guard: GuardState;
  readonly waiting: Map<string, OpenRequest>;
  isLookDue: boolean;
  readonly settings: GuardSettings;
  readonly timers: Timers;
  readonly assumed: Assumed;
  /** As many of those that wait are admitted at once. */
  readonly look: Look;
  readonly report: (request: OpenRequest, event: ReportedEvent, atMs: number) => void;
};

/**
 * The request asks to be started, as remediate asks, by the same code and of the same state: nothing else counts the remediations of a
 * rule. What follows of itself, such as its end, is left to the timers.
 */
export function askGuard(run: GuardRun, request: OpenRequest, nowMs: number): void {
  const { candidate } = request;
  const answer = count(run, [candidate], nowMs).get(candidate.id);
  if (answer === undefined) return;
  if (answer.outcome !== "admitted") holdRequest(run, request, answer, nowMs);
  else if (candidate.isQuestion === true) approve(run, request, nowMs);
  else start(run, request, nowMs);
}

/** A dry run changes nothing, so it is not counted and does not wait. */
export function askOfDryRun(run: GuardRun, request: OpenRequest, nowMs: number): void {
  const hold = findHold(run.guard, request.candidate, run.settings, nowMs);
  run.report(request, { outcome: "dryRun", ...hold }, nowMs);
}

function count(
  run: GuardRun,
  candidates: readonly Candidate[],
  nowMs: number,
  look?: Look,
): ReadonlyMap<string, Answer> {
  const { answers, status, isPlanned } = admit(run.guard, candidates, run.settings, nowMs, look);
  run.guard = { ...status, entries: status.entries ?? [] };
  const dueMs = toMs(status.wakeAt);
  if (isPlanned) {
    run.timers.add(dueMs, () => {
      if (toMs(run.guard.wakeAt) === dueMs) lookAtWaiting(run, dueMs);
    });
  }
  return answers;
}

/** A question is taken to be approved at once; its remediation asks again, and is not another match. */
function approve(run: GuardRun, request: OpenRequest, nowMs: number): void {
  request.candidate = { ...request.candidate, isNew: false, isQuestion: false };
  askGuard(run, request, nowMs);
}

function start(run: GuardRun, request: OpenRequest, nowMs: number): void {
  const { held } = request;
  const { durationMs, fails } = run.assumed;
  const late = held && { code: held.hold.code, heldMs: nowMs - held.sinceMs };
  leave(run, request, { outcome: "started", ...late }, nowMs);
  const endMs = nowMs + durationMs;
  run.timers.add(endMs, () => end(run, request, endMs, fails ? "failed" : "succeeded"));
}

/** The guard learns how a remediation ended, and those that wait for it are checked. */
function end(
  run: GuardRun,
  { candidate }: OpenRequest,
  atMs: number,
  outcome: EntryEnd["outcome"],
): void {
  const ends = new Map([[candidate.id, { endedAt: toIso(atMs), outcome }]]);
  run.guard = { ...run.guard, entries: withEnds(run.guard.entries, ends) };
  if (run.waiting.size === 0 || run.isLookDue) return;
  run.isLookDue = true;
  run.timers.add(atMs, () => {
    run.isLookDue = false;
    lookAtWaiting(run, atMs);
  });
}

function lookAtWaiting(run: GuardRun, nowMs: number): void {
  const inOrder = [...run.waiting.values()].toSorted((a, b) => a.matchedMs - b.matchedMs);
  const candidates = inOrder.map(({ candidate }) => candidate);
  const answers = count(run, candidates, nowMs, run.look);
  for (const request of inOrder) {
    if (answers.get(request.candidate.id)?.outcome === "admitted") wake(run, request, nowMs);
  }
}

/** One that was admitted looks at its object again before it starts. */
function wake(run: GuardRun, request: OpenRequest, nowMs: number): void {
  if (request.over !== undefined) {
    leave(run, request, { outcome: "ended", code: request.over }, nowMs);
    end(run, request, nowMs, "nothing");
  } else if (request.candidate.isQuestion === true) {
    approve(run, request, nowMs);
  } else {
    start(run, request, nowMs);
  }
}

function holdRequest(
  run: GuardRun,
  request: OpenRequest,
  { outcome, hold }: Exclude<Answer, { readonly outcome: "admitted" }>,
  nowMs: number,
): void {
  const { code, message, until } = hold;
  if (outcome === "refused") {
    leave(run, request, { outcome, code, message }, nowMs);
    return;
  }
  const deferUntil = request.held?.deferUntil;
  const status = { phase: "Pending", ...(deferUntil === undefined ? {} : { deferUntil }) } as const;
  const held = holdBack(status, hold, run.settings, toIso(nowMs));
  if (held.outcome === "expired") {
    const { problem } = held;
    leave(run, request, { outcome: "expired", code, message: problem.message }, nowMs);
    return;
  }
  request.candidate = { ...request.candidate, isNew: false };
  const expiresAt = held.status.deferUntil;
  if (deferUntil !== undefined || expiresAt === undefined) return;
  request.held = { hold, sinceMs: nowMs, deferUntil: expiresAt };
  run.waiting.set(request.record, request);
  run.report(request, { outcome, code, message, until, expiresAt }, nowMs);
  run.timers.add(toMs(expiresAt), () => askAtTheEnd(run, request, toMs(expiresAt)));
}

/** It asks once more when its time is over. */
function askAtTheEnd(run: GuardRun, request: OpenRequest, nowMs: number): void {
  if (run.waiting.get(request.record) !== request) return;
  if (request.over === undefined) askGuard(run, request, nowMs);
  else leave(run, request, { outcome: "ended", code: request.over }, nowMs);
}

function leave(run: GuardRun, request: OpenRequest, event: ReportedEvent, atMs: number): void {
  run.waiting.delete(request.record);
  run.report(request, event, atMs);
}
