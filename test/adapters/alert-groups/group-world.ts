import { SendMessageBatchCommand } from "@aws-sdk/client-sqs";
import {
  openAlertGroups,
  type AlertGroups,
} from "../../../adapters/alert-groups/open-alert-groups.ts";
import type { Sign } from "../../../adapters/signing/sign.ts";
import type { SendContext } from "../../../adapters/alert-groups/send-context.ts";
import { createSendWakeup } from "../../../adapters/sqs/send-wakeup.ts";
import { parseAlertMessage, type AlertData } from "../../../events/alert.ts";
import { AlertGroupServer } from "../../support/kubernetes/alert-group-server.ts";
import { createFakeQueues, toQueueUrl, type FakeQueues } from "../lambda/invocation.ts";

export type GroupWorld = {
  readonly server: AlertGroupServer;
  readonly queues: FakeQueues;
  /** A process of a function: it knows nothing of the others but what the server says. */
  readonly start: () => AlertGroups;
  readonly sent: () => readonly AlertData[];
  readonly wakeups: () => number;
  readonly context: SendContext;
  readonly counts: ReadonlyMap<string, number>;
  /** The time of all processes, ms since the epoch. */
  nowMs: number;
  /** From now on the queue refuses what it is sent, or takes it again. */
  readonly refuse: (isRefusing: boolean) => void;
};

/** @param sign signs alerts; absent: they are not signed. */
export function createGroupWorld(sign?: Sign): GroupWorld {
  const server = new AlertGroupServer();
  const queues = createFakeQueues();
  const counts = new Map<string, number>();
  const log = (): void => undefined;
  let isRefusing = false;
  const { client } = queues;
  const send = client.send.bind(client) as (command: unknown) => Promise<unknown>;
  client.send = ((command: unknown) => {
    const isAlert =
      command instanceof SendMessageBatchCommand && command.input.QueueUrl === toQueueUrl("alerts");
    if (isRefusing && isAlert) return Promise.reject(new Error("the queue is away"));
    return send(command);
  }) as typeof client.send;
  const world: GroupWorld = {
    server,
    queues,
    counts,
    nowMs: Date.parse("2026-11-27T09:00:00.000Z"),
    context: {
      signal: new AbortController().signal,
      telemetry: {
        logger: { debug: log, info: log, warn: log, error: log },
        count: (metric, value = 1) => void counts.set(metric, (counts.get(metric) ?? 0) + value),
      },
    },
    start: () =>
      openAlertGroups({
        client: server.client,
        namespace: "kubemend",
        queue: { client, queueUrl: toQueueUrl("alerts"), sign },
        sendWakeup: createSendWakeup({
          client,
          queueUrl: toQueueUrl("wakeups"),
          now: () => world.nowMs,
        }),
        now: () => world.nowMs,
      }),
    sent: () =>
      queues.sentTo("alerts").map(({ MessageBody = "" }) => {
        const parsed = parseAlertMessage(MessageBody);
        if (parsed.outcome === "refused") throw new Error(parsed.reason);
        return parsed.value.data;
      }),
    wakeups: () => queues.sentTo("wakeups").length,
    refuse: (refusing) => {
      isRefusing = refusing;
    },
  };
  return world;
}
