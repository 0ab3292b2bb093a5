import type { AlertMessage } from "../../../events/alert.ts";
import type { RemediationRequest } from "../../../events/request.ts";
import type { WakeupMessage } from "../../../events/wakeup.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { processMessage } from "../../../functions/remediate/message/process-message.ts";
import { processWakeup } from "../../../functions/remediate/message/process-wakeup.ts";
import type { Run } from "../../../functions/remediate/record/run.ts";
import { toDeps, type RemediationWorld } from "./remediation-world.ts";
import { toTestRun } from "./test-run.ts";

export type Scene = {
  /** Sent messages, oldest first. */
  readonly wakeups: WakeupMessage[];
  readonly alerts: AlertMessage[];
  /** Moves the executor's clock. */
  readonly pass: (ms: number) => void;
  readonly deliver: (
    request: RemediationRequest,
    client?: KubernetesClient,
    isSigned?: boolean,
  ) => Promise<MessageVerdict>;
  /** Delivers the latest wake-up when it is due, or at once. */
  readonly wake: (client?: KubernetesClient, when?: "due" | "now") => Promise<MessageVerdict>;
};

/** Delivers messages to the function and collects what it sends, on a clock that the test sets. */
export function createScene(world: RemediationWorld, pipeline: Pipeline): Scene {
  const wakeups: WakeupMessage[] = [];
  const alerts: AlertMessage[] = [];
  let nowMs = Date.now();
  const options = { pipeline, wakeups, alerts, now: () => nowMs };
  const run = (): Run => toTestRun(nowMs);
  return {
    wakeups,
    alerts,
    pass: (ms: number) => void (nowMs += ms),
    deliver: (request: RemediationRequest, client = world.client, isSigned = false) =>
      processMessage(JSON.stringify(request), toDeps(world, { ...options, client }), {
        ...run(),
        isSigned,
      }),
    async wake(client = world.client, when = "due") {
      const wakeup = wakeups.at(-1);
      if (wakeup === undefined) throw new Error("no wake-up was sent");
      if (when === "due") nowMs = Math.max(nowMs, Date.parse(wakeup.data.due));
      const due = new Date(nowMs).toISOString();
      const message = when === "due" ? wakeup : { ...wakeup, data: { ...wakeup.data, due } };
      return processWakeup(JSON.stringify(message), toDeps(world, { ...options, client }), run());
    },
  };
}
