import type { GuardSettings } from "../guards/settings.ts";
import type { RemediationRecord } from "../../events/remediation.ts";
import { toIso } from "../guards/hold.ts";
import type { Rule } from "../pipeline/pipeline.ts";
import { toCandidate } from "../records/guards/candidate.ts";
import type { GuardEvent } from "./guard-event.ts";
import {
  askGuard,
  askOfDryRun,
  type GuardRun,
  type OpenRequest,
  type ReportedEvent,
} from "./guard-run.ts";
import { createOpenRequests } from "./open-requests.ts";
import { createTimers } from "./timers.ts";

/** A request of a recording. */
export type GuardRequest = {
  readonly rule: Rule;
  readonly record: RemediationRecord;
  readonly line: number;
  /** ms since the epoch: when the match was reported. */
  readonly matchedMs: number;
  /** When it asks, after the waits of `for` and `at`. */
  readonly asksMs: number;
};

/** The last recorded state of an object, as a rule sees it. */
export type SeenState = {
  readonly rule: string;
  readonly uid: string;
  /** The record of the episode that it is in; absent: it does not match, for the reason `code`. */
  readonly record?: string | undefined;
  readonly code: string;
};

/** The guards of a pipeline over a recording, whose times are the clock. */
export type GuardSimulation = {
  /** Advances the clock, never back. Returns what happened meanwhile, in the order of the times. */
  readonly advance: (untilMs: number) => readonly GuardEvent[];
  /** Takes a state into account, which may end requests of the same rule and object that have not started. */
  readonly see: (state: SeenState) => void;
  /** Asks for a request at its time; what becomes of it comes with `advance`. */
  readonly request: (request: GuardRequest) => void;
  /** Whether the record ended before anything was done, so that the next match may use it again. */
  readonly isReopenable: (record: string) => boolean;
};

type Assumptions = Pick<GuardRun, "assumed" | "look">;

/** Most requests that wait at once, and most records that are remembered because the next match may use them again. */
const MAX_OPEN = 20_000;
const MAX_REOPENABLE = 200_000;

export function createGuardSimulation(
  assumptions: Assumptions,
  most: number = MAX_OPEN,
): GuardSimulation {
  const timers = createTimers();
  const runs = new Map<string, GuardRun>();
  const open = createOpenRequests();
  /** By record: when a guard last ended it, if one did. */
  const reopenable = new Map<string, string | undefined>();
  let events: GuardEvent[] = [];
  let nowMs = Number.NEGATIVE_INFINITY;
  const report = (request: OpenRequest, event: ReportedEvent, atMs: number): void => {
    const { rule, record, line, held, candidate } = request;
    events.push({ time: toIso(atMs), rule, record, line, ...event });
    if (event.outcome === "deferred") return;
    open.delete(request);
    const isDone = event.outcome === "started" || event.outcome === "dryRun";
    if (isDone || reopenable.size >= MAX_REOPENABLE) reopenable.delete(record);
    else {
      const isGuarded = held !== undefined || event.outcome === "refused";
      reopenable.set(record, isGuarded ? toIso(atMs) : candidate.countedAt);
    }
  };
  const findRun = ({ id, guards }: Rule): GuardRun => {
    const known = runs.get(id);
    if (known !== undefined) return known;
    const state = { guard: { entries: [] }, waiting: new Map(), isLookDue: false };
    const run = { ...state, settings: toKnown(guards), timers, report, ...assumptions };
    runs.set(id, run);
    return run;
  };
  return {
    advance(untilMs) {
      nowMs = Math.max(nowMs, untilMs);
      timers.runUntil(nowMs);
      const passed = events;
      events = [];
      return passed;
    },
    see(state) {
      for (const request of open.find(state.rule, state.uid)) {
        request.over = findEnd(request, state);
        // A wait of `for` is broken at once.
        const isBroken = request.over !== undefined && request.asksMs > nowMs;
        if (isBroken) report(request, { outcome: "ended", code: request.over }, nowMs);
      }
    },
    request(asked) {
      const countedAt = reopenable.get(asked.record.metadata.name);
      const request = toOpenRequest(asked, { nowMs, countedAt });
      if (open.count() >= most) {
        const message = `more than ${most} requests wait at once: what becomes of this one is not simulated`;
        report(request, { outcome: "uncounted", message }, request.matchedMs);
        return;
      }
      open.add(request);
      const ask = asked.record.spec.mode === "dryRun" ? askOfDryRun : askGuard;
      timers.add(request.asksMs, () => {
        if (open.has(request)) ask(findRun(asked.rule), request, request.asksMs);
      });
    },
    isReopenable: (record) => reopenable.has(record),
  };
}

/** Why there is nothing to do for a request any more; undefined if its object is still in its episode. */
function findEnd(request: OpenRequest, { record, code }: SeenState): string | undefined {
  if (request.record === record) return undefined;
  return record === undefined ? code : "Superseded";
}

/** A match that a guard has just counted is not another one. */
function toOpenRequest(
  { rule, record, line, matchedMs, asksMs }: GuardRequest,
  { nowMs, countedAt }: { readonly nowMs: number; readonly countedAt: string | undefined },
): OpenRequest {
  return {
    rule: rule.id,
    record: record.metadata.name,
    uid: record.spec.trigger.uid,
    line,
    matchedMs,
    asksMs: Math.max(asksMs, nowMs),
    candidate: { ...toCandidate(record), countedAt },
  };
}

/** Offline nobody knows how many objects a rule selects, so of a limit that is a part of them only the upper limit holds anything back. */
function toKnown(guards: GuardSettings): GuardSettings {
  const { percent, atMost } = guards.blastRadius ?? {};
  if (percent === undefined) return guards;
  return { ...guards, blastRadius: atMost === undefined ? undefined : { count: atMost } };
}
