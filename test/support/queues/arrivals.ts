import { expect } from "vitest";
import { parseChangeBody } from "../../../adapters/sqs/packed-data.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import type { QueueServer } from "./queue-server.ts";

/** The messages of a queue since its creation. */
export type Arrivals = {
  readonly all: readonly ChangeMessage[];
  /** Reads until `enough`; a test that times out shows the messages that arrived. */
  readonly until: (enough: (messages: readonly ChangeMessage[]) => boolean) => Promise<void>;
};

export function readArrivals(
  queues: QueueServer,
  summarize: (message: ChangeMessage) => string,
): Arrivals {
  const all: ChangeMessage[] = [];
  const read = async (): Promise<void> => {
    for (const { body } of await queues.drain(queues.fifoUrl)) {
      const parsed = parseChangeBody(body);
      if (parsed.outcome !== "parsed") throw new Error(parsed.reason);
      all.push(parsed.value);
    }
  };
  return {
    all,
    async until(enough) {
      await expect
        .poll(
          async () => {
            await read();
            return enough(all) ? "enough" : all.map(summarize).slice(-40);
          },
          { timeout: 60_000, interval: 100 },
        )
        .toBe("enough");
    },
  };
}
