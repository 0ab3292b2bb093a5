import { sleep } from "../host/sleep.ts";
import type { InvocationOutcome } from "./invocation.ts";

export type ScheduleOptions = {
  readonly everyMs: number;
  readonly invoke: (event: unknown) => Promise<InvocationOutcome>;
  readonly onProblem?: (message: string) => void;
};

/**
 * Invokes a function at a fixed interval, as an EventBridge rule does, for the first time after one interval. A function that is
 * still running is not invoked concurrently; a failure is reported and not retried.
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
    await sleep(options.everyMs, stopping);
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
