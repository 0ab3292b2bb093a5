import { createSqsHandler, type SqsHandler } from "../../adapters/lambda/sqs-handler.ts";
import { openSigningKeys } from "../../adapters/signing/open-signing-keys.ts";
import { createVerify } from "../../adapters/signing/verify.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { readConfig, readVariable } from "./config.ts";
import { createDeliverAlert } from "./deliver-alert.ts";
import { loadReceivers } from "./load-receivers.ts";
import { createLogAlert } from "./log-alert.ts";
import { createNotify } from "./notify.ts";

const config = readConfig();
const receivers = await loadReceivers(config.KUBEMEND_PIPELINE);
const keys = openSigningKeys(config.KUBEMEND_SIGNING_KEYS, () => Date.now());

/** Source: `alerts`. */
export const handler: SqsHandler = createSqsHandler({
  name: "kubemend-notify",
  fifo: false,
  client: createQueueClient({}),
  deadLetterQueueUrl: config.KUBEMEND_DEAD_LETTER_QUEUE_URL,
  process: createNotify({
    verify: createVerify(keys, "alerts"),
    receivers: [
      createLogAlert(receivers.size > 0),
      createDeliverAlert(receivers, { now: () => Date.now(), readVariable }),
    ],
    now: () => Date.now(),
  }),
});
