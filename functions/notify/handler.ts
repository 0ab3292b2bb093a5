import { createSqsHandler, type SqsHandler } from "../../adapters/lambda/sqs-handler.ts";
import { openSigningKeys } from "../../adapters/signing/open-signing-keys.ts";
import { createSign } from "../../adapters/signing/sign.ts";
import { createVerify } from "../../adapters/signing/verify.ts";
import { createQueueClient } from "../../adapters/sqs/client.ts";
import { createSendWakeup } from "../../adapters/sqs/send-wakeup.ts";
import { readConfig, readVariable } from "./config.ts";
import { createDeliverAlert } from "./deliver-alert.ts";
import { loadReceivers } from "./load-receivers.ts";
import { createLogAlert } from "./log-alert.ts";
import { createNotify } from "./notify.ts";
import { createReportLate } from "./report-late.ts";
import { createReportThread } from "./report-thread.ts";

const config = readConfig();
const receivers = await loadReceivers(config.KUBEMEND_PIPELINE);
const keys = openSigningKeys(config.KUBEMEND_SIGNING_KEYS, () => Date.now());

const queues = createQueueClient({});
const now = (): number => Date.now();
const sendWakeup = createSendWakeup({
  client: queues,
  queueUrl: config.KUBEMEND_WAKEUPS_QUEUE_URL,
  sign: createSign(keys, "wakeups"),
  now,
});
const reportThread = createReportThread({ sendWakeup, now });
const reportLate = createReportLate({ sendWakeup, now });

/** Source: `alerts`. */
export const handler: SqsHandler = createSqsHandler({
  name: "kubemend-notify",
  fifo: false,
  client: queues,
  deadLetterQueueUrl: config.KUBEMEND_DEAD_LETTER_QUEUE_URL,
  process: createNotify({
    verify: createVerify(keys, "alerts"),
    receivers: [
      createLogAlert(receivers.size > 0),
      createDeliverAlert(receivers, { now, readVariable, reportThread, reportLate }),
    ],
    now: () => Date.now(),
  }),
});
