import { SQSClient } from "@aws-sdk/client-sqs";
import type { QueueAddresses } from "./queue-process.ts";

/** A client for a sandbox's queues, whatever the AWS variables of this process say. */
export function createSandboxClient(
  queues: Pick<QueueAddresses, "endpoint" | "region">,
): SQSClient {
  return new SQSClient({
    region: queues.region,
    endpoint: queues.endpoint,
    credentials: { accessKeyId: "sandbox", secretAccessKey: "sandbox" },
  });
}
