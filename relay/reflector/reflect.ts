import { toBestEncoding, toPlainerEncoding, type Encoding } from "./encoding.ts";
import { listThenWatch, type WatchAttempt } from "./list-then-watch.ts";
import { createBackoff } from "../runtime/backoff.ts";
import { planReaction, type Reaction } from "./reaction.ts";
import type { SnapshotCause, WatchStep } from "./step.ts";
import type { WatchDeps, WatchTarget } from "./target.ts";

/** How long a fallback lasts before WatchList, or protobuf, is tried again. */
const FALLBACK_MS = 30 * 60_000;

/** Where a reflector begins. */
export type ReflectorStart =
  | { readonly type: "resume"; readonly position: string }
  | { readonly type: "snapshot"; readonly cause: SnapshotCause; readonly replace: boolean };

/**
 * A reflector: the state of a resource and every change after it, for ever. Whatever the server does, it retries with backoff.
 * Three generators, each of which ends for one reason: this one when it is stopped, `listThenWatch` when a new attempt is needed,
 * `watchOnce` when its request is over. It knows states, not sockets, and reads no further than its consumer pulls.
 * Never throws. The model is client-go's reflector and KEP-3157.
 */
export async function* reflect(
  deps: WatchDeps,
  target: WatchTarget,
  start: ReflectorStart,
  signal: AbortSignal,
): AsyncGenerator<WatchStep, void> {
  const { clock, times } = deps;
  const backoff = createBackoff({ minMs: times.backoffMinMs, maxMs: times.backoffMaxMs }, clock);
  const attempts = createAttempts(start, toBestEncoding(target), clock);
  while (!signal.aborted) {
    const startedMs = clock.nowMs();
    const attempt = attempts.next();
    const encoding = attempts.encoding();
    let received = false;
    let progressed = false;
    for await (const step of listThenWatch(deps, { ...target, encoding }, attempt, signal)) {
      if (step.type !== "ended") {
        received ||= step.type !== "snapshotStarted" && step.type !== "resumed";
        // Snapshots that break off again and again must not be retried as fast as a watch that works.
        progressed ||= step.type === "changed" || step.type === "bookmark";
        attempts.passed(step);
        yield step;
        continue;
      }
      if (signal.aborted) return;
      const mode = attempt.type === "resume" ? "resume" : attempt.mode;
      const reaction = planReaction(step.ending, { mode, received, encoding });
      attempts.react(reaction);
      const backoffMs = backoff.next({ progressed, livedMs: clock.nowMs() - startedMs });
      // A fallback asks for something else, so it cannot loop.
      const asksOtherwise = reaction.fallBack || reaction.cause === "encodingNotServed";
      const waitMs = asksOtherwise ? 0 : Math.max(reaction.atLeastMs, backoffMs);
      yield { type: "interrupted", ending: step.ending, reaction, waitMs };
      await clock.sleep(waitMs, signal);
    }
  }
}

/** How the next attempt begins. */
type Attempts = {
  readonly next: () => WatchAttempt;
  readonly encoding: () => Encoding;
  readonly passed: (step: WatchStep) => void;
  readonly react: (reaction: Reaction) => void;
};

function createAttempts(
  start: ReflectorStart,
  best: Encoding,
  clock: WatchDeps["clock"],
): Attempts {
  /** The last resourceVersion in the order of the stream; undefined until a snapshot is complete. */
  let position = start.type === "resume" ? start.position : undefined;
  let cause: SnapshotCause = start.type === "resume" ? "start" : start.cause;
  let replace = start.type === "snapshot" && start.replace;
  let listUntilMs = Number.NEGATIVE_INFINITY;
  let encoding = best;
  let plainUntilMs = Number.NEGATIVE_INFINITY;
  return {
    next() {
      if (position !== undefined) return { type: "resume", position };
      const mode = clock.nowMs() < listUntilMs ? "listWatch" : "watchList";
      return { type: "snapshot", cause, replace, mode };
    },
    encoding() {
      if (clock.nowMs() >= plainUntilMs) encoding = best;
      return encoding;
    },
    passed(step) {
      if (step.type === "changed") position = step.read.resourceVersion;
      if (step.type === "bookmark") position = step.resourceVersion;
      if (step.type === "snapshotEnded") {
        position = step.resourceVersion;
        replace = false;
      }
    },
    react(reaction) {
      if (reaction.fallBack) listUntilMs = clock.nowMs() + FALLBACK_MS;
      if (reaction.plainer) {
        encoding = toPlainerEncoding(encoding);
        plainUntilMs = clock.nowMs() + FALLBACK_MS;
      }
      if (reaction.next === "resume") return;
      position = undefined;
      cause = reaction.cause;
      replace ||= reaction.next === "replace";
    },
  };
}
