import { createSqsHandler, type SqsHandler } from "../../adapters/lambda/sqs-handler.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { readConfig } from "./config.ts";
import { notify } from "./notify.ts";

const config = readConfig();

/** Source: `alerts`. */
export const handler: SqsHandler = createSqsHandler({
  name: "kubemend-notify",
  fifo: false,
  client: createQueueClient({}),
  deadLetterQueueUrl: config.KUBEMEND_DEAD_LETTER_QUEUE_URL,
  process: notify,
});
