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
  /** Lets the time pass until then, never back: what happens of itself, and what was asked before, in the order of the times. */
  readonly advance: (untilMs: number) => readonly GuardEvent[];
  /** What a state says about the requests of the same rule and object that have not started. */
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
  /** By record: whether a guard has counted its match. */
  const reopenable = new Map<string, boolean>();
  let events: GuardEvent[] = [];
  let nowMs = Number.NEGATIVE_INFINITY;
  const report = (request: OpenRequest, event: ReportedEvent, atMs: number): void => {
    const { rule, record, line, held } = request;
    events.push({ time: toIso(atMs), rule, record, line, ...event });
    if (event.outcome === "deferred") return;
    open.delete(request);
    const isDone = event.outcome === "started" || event.outcome === "dryRun";
    if (isDone || reopenable.size >= MAX_REOPENABLE) reopenable.delete(record);
    else reopenable.set(record, held !== undefined || event.outcome === "refused");
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
    see({ rule, uid, record, code }) {
      for (const request of open.find(rule, uid)) {
        if (request.record === record) request.over = undefined;
        else request.over = record === undefined ? code : "Superseded";
        // A wait of `for` is broken at once.
        const isBroken = request.over !== undefined && request.asksMs > nowMs;
        if (isBroken) report(request, { outcome: "ended", code: request.over }, nowMs);
      }
    },
    request({ rule, record, line, matchedMs, asksMs: wantedMs }) {
      const asksMs = Math.max(wantedMs, nowMs);
      const { name } = record.metadata;
      const { uid } = record.spec.trigger;
      const candidate = toCandidate(record);
      const isNew = reopenable.get(name) !== true;
      const asked = { ...candidate, isNew };
      const request = {
        rule: rule.id,
        record: name,
        uid,
        line,
        matchedMs,
        asksMs,
        candidate: asked,
      };
      if (open.count() >= most) {
        const message = `more than ${most} requests wait at once: what becomes of this one is not simulated`;
        report(request, { outcome: "uncounted", message }, matchedMs);
        return;
      }
      open.add(request);
      const ask = record.spec.mode === "dryRun" ? askOfDryRun : askGuard;
      timers.add(asksMs, () => {
        if (open.has(request)) ask(findRun(rule), request, asksMs);
      });
    },
    isReopenable: (record) => reopenable.has(record),
  };
}

/** The requests that have not started, by rule and object. */
function createOpenRequests() {
  const byObject = new Map<string, Set<OpenRequest>>();
  let size = 0;
  const find = (rule: string, uid: string): ReadonlySet<OpenRequest> =>
    byObject.get(toKey(rule, uid)) ?? new Set();
  return {
    find,
    has: (request: OpenRequest) => find(request.rule, request.uid).has(request),
    count: () => size,
    add(request: OpenRequest) {
      const key = toKey(request.rule, request.uid);
      byObject.set(key, new Set([...find(request.rule, request.uid), request]));
      size += 1;
    },
    delete(request: OpenRequest) {
      const key = toKey(request.rule, request.uid);
      const own = byObject.get(key);
      if (own?.delete(request) !== true) return;
      size -= 1;
      if (own.size === 0) byObject.delete(key);
    },
  };
}

function toKey(rule: string, uid: string): string {
  return `${rule} ${uid}`;
}

/** Offline nobody knows how many objects a rule selects, so a limit that is a part of them holds nothing back. */
function toKnown(guards: GuardSettings): GuardSettings {
  return guards.blastRadius?.percent === undefined ? guards : { ...guards, blastRadius: undefined };
}
