import { setTimeout as sleep } from "node:timers/promises";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import type { Received, Reader } from "../world/reader.ts";
import { untilDone } from "./until-done.ts";

const PAUSE_MS = 150;

/** Passes what the checker has read of these watches on to the queue of the functions, in its order. Returns how to stop. */
export function feedFunctions(options: {
  readonly reader: Reader;
  readonly watches: ReadonlySet<string>;
  readonly client: SQSClient;
  readonly queueUrl: string;
}): () => Promise<void> {
  const { reader, watches } = options;
  const stop = new AbortController();
  let next = 0;
  const feed = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      // If the queue is down, everything comes again.
      await reader.drain().catch(() => 0);
      for (; next < reader.received.length; next += 1) {
        const message = reader.received[next];
        if (message !== undefined && isOf(message, watches)) await send(options, message);
      }
      await sleep(PAUSE_MS);
    }
  };
  const feeding = feed();
  return async () => {
    stop.abort();
    await feeding;
  };
}

function isOf({ body }: Received, watches: ReadonlySet<string>): boolean {
  const parsed = parseChangeBody(body);
  return parsed.outcome !== "refused" && watches.has(parsed.value.data.watch);
}

async function send(
  { client, queueUrl }: { readonly client: SQSClient; readonly queueUrl: string },
  { body, groupId, deduplicationId }: Received,
): Promise<void> {
  const command = {
    QueueUrl: queueUrl,
    MessageBody: body,
    MessageGroupId: groupId,
    MessageDeduplicationId: deduplicationId,
  };
  await untilDone(() => client.send(new SendMessageCommand(command)));
}
