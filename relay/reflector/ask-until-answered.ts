import { createBackoff } from "../runtime/backoff.ts";
import { toBestEncoding, toPlainerEncoding } from "./encoding.ts";
import type { Ending } from "./ending.ts";
import { planReaction, type Reaction } from "./reaction.ts";
import type { WatchDeps, WatchTarget } from "./target.ts";

/** What one attempt brought: the answer, or why there was none. */
export type Attempt<T> = { readonly answer: T } | { readonly ending: Ending };

/** An attempt without an answer. */
export type FailedAttempt = {
  readonly ending: Ending;
  readonly reaction: Reaction;
  /** The pause before the next attempt. */
  readonly waitMs: number;
};

export type Question<T> = {
  readonly target: WatchTarget;
  /** Asks once, with the encoding in `target`. */
  readonly ask: (target: WatchTarget) => Promise<Attempt<T>>;
  /** Called after each attempt without an answer; false gives up. */
  readonly mayRetry: (failed: FailedAttempt) => boolean;
};

/**
 * Asks the API server until it answers, with backoff, longer if the server says so. If it does not serve metadata in the best encoding,
 * the next attempt uses a plainer one. Returns undefined if `mayRetry` gave up or the signal was aborted.
 */
export async function askUntilAnswered<T>(
  deps: Pick<WatchDeps, "clock" | "times">,
  question: Question<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const { clock, times } = deps;
  const backoff = createBackoff({ minMs: times.backoffMinMs, maxMs: times.backoffMaxMs }, clock);
  let encoding = toBestEncoding(question.target);
  while (!signal.aborted) {
    const attempt = await question.ask({ ...question.target, encoding });
    if ("answer" in attempt) return attempt.answer;
    if (signal.aborted) return undefined;
    const { ending } = attempt;
    const reaction = planReaction(ending, { mode: "listWatch", received: false, encoding });
    const waitMs = Math.max(reaction.atLeastMs, backoff.next({ progressed: false, livedMs: 0 }));
    if (!question.mayRetry({ ending, reaction, waitMs })) return undefined;
    if (reaction.plainer) encoding = toPlainerEncoding(encoding);
    await clock.sleep(waitMs, signal);
  }
  return undefined;
}
