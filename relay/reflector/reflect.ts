import { toBestEncoding, toPlainerEncoding, type Encoding } from "./encoding.ts";
import { listThenWatch, type Attempt } from "./list-then-watch.ts";
import { createBackoff } from "./backoff.ts";
import { planReaction, type Reaction } from "./reaction.ts";
import type { SnapshotCause, WatchStep } from "./step.ts";
import type { WatchDeps, WatchTarget } from "./target.ts";

/** After a fallback it lasts so long before WatchList, or protobuf, is tried again. */
const FALLBACK_MS = 30 * 60_000;

/** Where a reflector begins. */
export type ReflectorStart =
  | { readonly type: "resume"; readonly position: string }
  | { readonly type: "snapshot"; readonly cause: SnapshotCause; readonly replace: boolean };

/**
 * A reflector: the state of a resource, and every change after it, for ever; whatever the server does, it goes on, paced.
 * Three generators, each ending for one reason: this one when it is stopped, `listThenWatch` when there must be a new
 * beginning, `watchOnce` when its request is over. It knows states, not sockets, and reads no further than it is pulled.
 * Never throws. The model is client-go's reflector and KEP-3157.
 */
export async function* reflect(
  deps: WatchDeps,
  target: WatchTarget,
  start: ReflectorStart,
  signal: AbortSignal,
): AsyncGenerator<WatchStep, void> {
  const { clock, times } = deps;
  const pace = createBackoff({ minMs: times.backoffMinMs, maxMs: times.backoffMaxMs }, clock);
  const plan = createPlan(start, toBestEncoding(target), clock);
  while (!signal.aborted) {
    const startedMs = clock.nowMs();
    const attempt = plan.attempt();
    const encoding = plan.encoding();
    let heard = false;
    let progressed = false;
    for await (const told of listThenWatch(deps, { ...target, encoding }, attempt, signal)) {
      if (told.type !== "ended") {
        heard ||= told.type !== "snapshotStarted" && told.type !== "resumed";
        // Snapshots that break off again and again must not come at the pace of a watch that works.
        progressed ||= told.type === "changed" || told.type === "bookmark";
        plan.told(told);
        yield told;
        continue;
      }
      if (signal.aborted) return;
      const mode = attempt.type === "resume" ? "resume" : attempt.mode;
      const reaction = planReaction(told.ending, { mode, heard, encoding });
      plan.react(reaction);
      const pacedMs = pace.next({ progressed, livedMs: clock.nowMs() - startedMs });
      // A fallback asks something else: it cannot go in circles.
      const asksOtherwise = reaction.fallBack || reaction.cause === "encodingNotServed";
      const waitMs = asksOtherwise ? 0 : Math.max(reaction.atLeastMs, pacedMs);
      yield { type: "interrupted", ending: told.ending, reaction, waitMs };
      await clock.sleep(waitMs, signal);
    }
  }
}

/** The beginning of the next attempt. */
type Plan = {
  readonly attempt: () => Attempt;
  readonly encoding: () => Encoding;
  readonly told: (step: WatchStep) => void;
  readonly react: (reaction: Reaction) => void;
};

function createPlan(start: ReflectorStart, best: Encoding, clock: WatchDeps["clock"]): Plan {
  /** The last resourceVersion in the order of the stream; undefined until a snapshot is complete. */
  let position = start.type === "resume" ? start.position : undefined;
  let cause: SnapshotCause = start.type === "resume" ? "start" : start.cause;
  let replace = start.type === "snapshot" && start.replace;
  let listUntilMs = Number.NEGATIVE_INFINITY;
  let encoding = best;
  let plainUntilMs = Number.NEGATIVE_INFINITY;
  return {
    attempt() {
      if (position !== undefined) return { type: "resume", position };
      const mode = clock.nowMs() < listUntilMs ? "listWatch" : "watchList";
      return { type: "snapshot", cause, replace, mode };
    },
    encoding() {
      if (clock.nowMs() >= plainUntilMs) encoding = best;
      return encoding;
    },
    told(step) {
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
