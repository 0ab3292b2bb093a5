import { setTimeout as sleep } from "node:timers/promises";
import type { InvocationOutcome } from "./invocation.ts";

export type ScheduleOptions = {
  readonly everyMs: number;
  readonly invoke: (event: unknown) => Promise<InvocationOutcome>;
  readonly onProblem?: (message: string) => void;
};

/**
 * Invokes a function at a steady pace, as a rule of EventBridge does, the first time after one interval. One that is still at work
 * then is not invoked beside itself; what failed is told and not repeated.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
 */
export function startSchedule(options: ScheduleOptions): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function run(options: ScheduleOptions, stopping: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(options.everyMs, undefined, { signal: stopping }).catch(() => {});
    if (stopping.aborted) return;
    const event = {
      source: "aws.events",
      "detail-type": "Scheduled Event",
      time: new Date().toISOString(),
      detail: {},
    };
    const outcome = await options.invoke(event);
    if (outcome.outcome === "error") options.onProblem?.(outcome.message);
  }
}
