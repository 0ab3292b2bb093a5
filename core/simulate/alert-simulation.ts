import type { AlertGroupStatus } from "../../events/alert-group.ts";
import type { AlertMessage } from "../../events/alert.ts";
import { continueGroup } from "../alerts/groups/continue-group.ts";
import { toEmptyStatus, toGroup, type Grouped } from "../alerts/groups/group-of.ts";
import { countOpen } from "../alerts/groups/open-alerts.ts";
import { takeAlerts } from "../alerts/groups/take-alerts.ts";
import { toIso, toMs } from "../guards/hold.ts";
import { readField } from "../json/read-json.ts";
import { createTimers, type Timers } from "./timers.ts";

/** Why a receiver gets a message: `alone` is an alert that is not grouped. */
export const MESSAGE_REASONS = ["first", "window", "repeat", "resolved", "alone"] as const;
type MessageReason = (typeof MESSAGE_REASONS)[number];

/** The messages that a receiver would get from a rule that only alerts. */
export type AlertCounts = {
  readonly rule: string;
  readonly to: string;
  readonly alerts: number;
  readonly messages: Readonly<Record<MessageReason, number>>;
};

/** An object as a rule sees it. */
type Seen = { readonly rule: string; readonly uid: string };

/** The groups of the alerts of a recording, whose times are the clock. */
export type AlertSimulation = {
  /** An alert that is sent at `atMs` (ms since the epoch), if its object still matches then: one message for each receiver. */
  readonly add: (messages: readonly AlertMessage[], atMs: number) => void;
  /** Whether the object matches, by its last recorded state. */
  readonly see: (seen: Seen, matches: boolean) => void;
  /** Whether it has matched before, and did not match since. */
  readonly isOver: (seen: Seen) => boolean;
  readonly advance: (untilMs: number) => void;
  /** Closes the windows that are open at the end of the recording. What is open is not repeated any more. */
  readonly finish: () => void;
  readonly counts: () => readonly AlertCounts[];
};

/** Most objects of which it is remembered whether they still match. */
const MAX_OBJECTS = 50_000;

/** Open alerts are checked once a minute. */
const CHECKED_MS = 60_000;

export function createAlertSimulation(): AlertSimulation {
  const run: Run = {
    timers: createTimers(),
    groups: new Map(),
    byObject: new Map(),
    over: new Set(),
    counts: new Map(),
    nowMs: Number.NEGATIVE_INFINITY,
    isFinished: false,
  };
  return {
    add(messages, atMs) {
      const [first] = messages;
      if (first === undefined) return;
      const key = toKey({ rule: first.data.rule.id, uid: first.data.trigger.uid });
      const dueMs = Math.max(atMs, run.nowMs);
      run.over.delete(key);
      if (run.byObject.size < MAX_OBJECTS && !run.byObject.has(key))
        run.byObject.set(key, new Set());
      run.timers.add(dueMs, () => {
        if (run.over.has(key)) return;
        for (const message of messages) take(run, message, key, dueMs);
      });
    },
    see(seen, matches) {
      const key = toKey(seen);
      if (matches) run.over.delete(key);
      else if (run.byObject.has(key) && !run.over.has(key) && run.over.size < MAX_OBJECTS) {
        run.over.add(key);
        const checkMs = run.nowMs + CHECKED_MS;
        run.timers.add(checkMs, () => endAlerts(run, seen.uid, key, checkMs));
      }
    },
    isOver: (seen) => run.over.has(toKey(seen)),
    advance(untilMs) {
      run.nowMs = Math.max(run.nowMs, untilMs);
      run.timers.runUntil(run.nowMs);
    },
    finish() {
      run.isFinished = true;
      run.timers.runUntil(Number.POSITIVE_INFINITY);
    },
    counts: () => [...run.counts.values()],
  };
}

type Counts = { -readonly [Key in keyof AlertCounts]: AlertCounts[Key] } & {
  messages: Record<MessageReason, number>;
};
type Group = { readonly name: string; readonly counts: Counts; status: AlertGroupStatus };
type Run = {
  readonly timers: Timers;
  readonly groups: Map<string, Group>;
  /** The groups with alerts about an object. */
  readonly byObject: Map<string, Set<Group>>;
  readonly over: Set<string>;
  readonly counts: Map<string, Counts>;
  nowMs: number;
  isFinished: boolean;
};

function toKey({ rule, uid }: Seen): string {
  return `${rule} ${uid}`;
}

function take(run: Run, message: AlertMessage, key: string, atMs: number): void {
  const { rule, to } = message.data;
  const counts = findCounts(run, rule.id, to);
  counts.alerts += 1;
  const grouped = toGroup(message);
  if (grouped === undefined) {
    counts.messages.alone += 1;
    return;
  }
  const group = findGroup(run, grouped, counts);
  run.byObject.get(key)?.add(group);
  const context = { name: group.name, now: toIso(atMs), silences: [] };
  change(run, group, takeAlerts(group.status, [message], context));
}

function findCounts(run: Run, rule: string, to: string): Counts {
  const key = `${rule} ${to}`;
  const none = { first: 0, window: 0, repeat: 0, resolved: 0, alone: 0 };
  const counts = run.counts.get(key) ?? { rule, to, alerts: 0, messages: none };
  run.counts.set(key, counts);
  return counts;
}

function findGroup(run: Run, grouped: Grouped, counts: Counts): Group {
  const { name } = grouped;
  const group = run.groups.get(name) ?? { name, counts, status: toEmptyStatus(grouped) };
  run.groups.set(name, group);
  return group;
}

/** The object no longer matches: its alerts end when they are checked, unless it matches again by then. */
function endAlerts(run: Run, uid: string, key: string, atMs: number): void {
  if (!run.over.has(key)) return;
  for (const group of run.byObject.get(key) ?? []) {
    const open = group.status.open.filter((one) => one.uid === uid);
    check(run, group, atMs, new Set(open.map(({ id }) => id)));
  }
  run.byObject.delete(key);
}

function check(run: Run, group: Group, atMs: number, ended: ReadonlySet<string>): void {
  const ends = Array.from(ended, (id) => ({ id, why: "fails" }) as const);
  const context = { name: group.name, now: toIso(atMs), silences: [] };
  change(run, group, continueGroup(group.status, ends, context));
}

/** Everything that is put into the outbox is sent at once. */
function change(run: Run, group: Group, next: AlertGroupStatus): void {
  const { outbox = [], ...status } = next;
  const before = group.status;
  for (const { body } of outbox) group.counts.messages[readReason(body)] += 1;
  group.status = status;
  if (status.wakeAt !== before.wakeAt) wakeAt(run, group, toMs(status.wakeAt));
  const { sentAt, repeatSeconds } = status;
  if (sentAt !== before.sentAt) wakeAt(run, group, toMs(sentAt) + repeatSeconds * 1_000, true);
}

function wakeAt(run: Run, group: Group, atMs: number, isRepeat = false): void {
  if (Number.isNaN(atMs)) return;
  run.timers.add(atMs, () => {
    if (isRepeat && (run.isFinished || countOpen(group.status) === 0)) return;
    check(run, group, atMs, new Set());
  });
}

function readReason(body: string): MessageReason {
  const reason = readField(JSON.parse(body) as unknown, "data", "group", "reason");
  return MESSAGE_REASONS.find((one) => one === reason) ?? "alone";
}
