import type { MirrorSpec, MirrorStatus } from "../../events/mirrors/mirror.ts";
import { toMirrorName } from "../../events/mirrors/mirror.ts";
import type { GuardStore } from "../../adapters/kubernetes/guards/guards.ts";
import type { MirrorStore } from "../../adapters/kubernetes/mirror/mirror-store.ts";
import { findPause } from "../../core/guards/limits.ts";
import {
  noteAway,
  noteObsolete,
  notePaused,
  noteReached,
  noteUnwritable,
  noteWritten,
  BEHIND_AFTER_MS,
  type TargetAway,
} from "../../core/mirror/state/target-away.ts";

/** Whether the changes of a mirror are applied now, or acknowledged because a comparison will make up for them. */
export type Gate =
  | {
      readonly outcome: "apply";
      /** Whether the target was away when somebody asked it last. */
      readonly isAway?: boolean;
    }
  | { readonly outcome: "acknowledge"; readonly why: "Behind" | "Paused" };

/** The states of mirrors as this process knows them. A known state may be old; none that lets a change be acknowledged is. */
export type MirrorStates = {
  readonly ask: (spec: MirrorSpec, signal: AbortSignal) => Promise<Gate>;
  /** Why the rule is paused; undefined if it is not. Read afresh. */
  readonly findPaused: (rule: string, signal: AbortSignal) => Promise<string | undefined>;
  /** The target could not be reached; true if it is Behind by now, and the change may be acknowledged. */
  readonly noteAway: (spec: MirrorSpec, reason: string, signal: AbortSignal) => Promise<boolean>;
  /** A write of an object has failed although the target answers; true if the mirror is Behind by now. */
  readonly noteUnwritable: (
    spec: MirrorSpec,
    failure: { readonly reason: string; readonly object: string },
    signal: AbortSignal,
  ) => Promise<boolean>;
  readonly noteReached: (spec: MirrorSpec, signal: AbortSignal) => Promise<void>;
  /** A write has succeeded. */
  readonly noteWritten: (spec: MirrorSpec, signal: AbortSignal) => Promise<void>;
  readonly notePaused: (spec: MirrorSpec, reason: string, signal: AbortSignal) => Promise<void>;
  /** No rule mirrors to the target any more. A mirror that does not exist is not made for that. */
  readonly noteObsolete: (spec: MirrorSpec, signal: AbortSignal) => Promise<void>;
};

export type MirrorStatesDeps = {
  readonly mirrors: MirrorStore;
  readonly guards: Pick<GuardStore, "read">;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** The time for which a state is used without being read again: until then a pause or the end of an outage is not noticed. */
const STATUS_MS = 15_000;
const PAUSE_MS = 5_000;
const REASON_MAX = 1_000;

export function createMirrorStates({ mirrors, guards, now }: MirrorStatesDeps): MirrorStates {
  const statuses = createMemory<MirrorStatus | undefined>(STATUS_MS, now);
  const pauses = createMemory<string | undefined>(PAUSE_MS, now);
  const toIso = (): string => new Date(now()).toISOString();
  const readStatus = async (spec: MirrorSpec, signal: AbortSignal) =>
    statuses.keep(toMirrorName(spec), await mirrors.read(spec, signal));
  const findPaused: MirrorStates["findPaused"] = async (rule, signal) => {
    const { all, own } = await guards.read(rule, signal);
    const pause = findPause({ pausedAll: all?.spec?.paused, paused: own?.spec?.paused }, now());
    return pauses.keep(rule, pause?.message);
  };
  const change = (
    spec: MirrorSpec,
    decide: (status: MirrorStatus | undefined) => MirrorStatus | undefined,
    signal: AbortSignal,
  ) =>
    mirrors
      .change(
        spec,
        (status) => {
          const next = decide(status);
          return next === undefined
            ? { outcome: "keep", answer: status }
            : { outcome: "write", status: next, answer: next };
        },
        signal,
      )
      .then((status) => statuses.keep(toMirrorName(spec), status));
  const savePaused: MirrorStates["notePaused"] = async (spec, reason, signal) => {
    await change(
      spec,
      (status) => notePaused(status, { now: toIso(), reason: shorten(reason) }),
      signal,
    );
  };
  // Within the first minutes of a failure that is known, nothing changes by it.
  const noteFailure = async (
    spec: MirrorSpec,
    sinceField: "unreachableSince" | "unwritableSince",
    note: (status: MirrorStatus | undefined, now: string) => TargetAway,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const since = statuses.find(toMirrorName(spec))?.value?.[sinceField];
    if (since !== undefined && now() - Date.parse(since) < BEHIND_AFTER_MS) return false;
    let isBehind = false;
    const decide = (status: MirrorStatus | undefined): MirrorStatus | undefined => {
      const noted = note(status, toIso());
      isBehind = noted.isBehind;
      return noted.status;
    };
    await change(spec, decide, signal);
    return isBehind;
  };
  const noteSuccess = async (
    spec: MirrorSpec,
    note: (status: MirrorStatus | undefined) => MirrorStatus | undefined,
    signal: AbortSignal,
  ): Promise<void> => {
    const known = statuses.find(toMirrorName(spec));
    if (known === undefined || note(known.value) === undefined) return;
    await change(spec, note, signal);
  };
  return {
    findPaused,
    notePaused: savePaused,
    async ask(spec, signal) {
      const known = pauses.find(spec.rule);
      const reason =
        known === undefined || known.value !== undefined
          ? await findPaused(spec.rule, signal)
          : undefined;
      if (reason !== undefined) {
        await savePaused(spec, reason, signal);
        return { outcome: "acknowledge", why: "Paused" };
      }
      const status = statuses.find(toMirrorName(spec)) ?? { value: await readStatus(spec, signal) };
      if (status.value?.state !== "Behind") {
        return { outcome: "apply", isAway: status.value?.unreachableSince !== undefined };
      }
      // A state that was read before the message arrived does not say that a comparison is still to come.
      const fresh = await readStatus(spec, signal);
      return fresh?.state === "Behind"
        ? { outcome: "acknowledge", why: "Behind" }
        : { outcome: "apply" };
    },
    noteAway: (spec, reason, signal) =>
      noteFailure(
        spec,
        "unreachableSince",
        (status, now) => noteAway(status, { now, reason: shorten(reason) }),
        signal,
      ),
    noteUnwritable: (spec, { reason, object }, signal) =>
      noteFailure(
        spec,
        "unwritableSince",
        (status, now) => noteUnwritable(status, { now, reason: shorten(reason), object }),
        signal,
      ),
    noteReached: (spec, signal) => noteSuccess(spec, noteReached, signal),
    noteWritten: (spec, signal) => noteSuccess(spec, noteWritten, signal),
    async noteObsolete(spec, signal) {
      if ((await mirrors.read(spec, signal)) === undefined) return;
      await change(spec, (status) => noteObsolete(status, toIso()), signal);
    },
  };
}

type Memory<T> = {
  readonly find: (key: string) => { readonly value: T } | undefined;
  readonly keep: (key: string, value: T) => T;
};

/** Values that are forgotten after a while. The keys are names of rules and targets of the pipeline, so there are few. */
function createMemory<T>(keepMs: number, now: () => number): Memory<T> {
  const kept = new Map<string, { readonly value: T; readonly untilMs: number }>();
  return {
    find(key) {
      const entry = kept.get(key);
      return entry === undefined || now() >= entry.untilMs ? undefined : entry;
    },
    keep(key, value) {
      kept.set(key, { value, untilMs: now() + keepMs });
      return value;
    },
  };
}

function shorten(reason: string): string {
  return reason.length <= REASON_MAX ? reason : `${reason.slice(0, REASON_MAX)}…`;
}
