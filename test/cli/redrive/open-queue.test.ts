import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createClientFor, parseQueueName } from "../../../cli/redrive/open-queue.ts";
import { startQueues } from "../../../sandbox/queues/queues.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

let folder: ReturnType<typeof temporaryFolder>;

beforeEach(() => {
  folder = temporaryFolder();
  // No sandbox is found, and no AWS configuration.
  vi.stubEnv("XDG_CACHE_HOME", folder.path);
  vi.stubEnv("HOME", folder.path);
  for (const name of ["KUBECONFIG", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) {
    vi.stubEnv(name, undefined);
  }
  for (const name of ["AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"]) {
    vi.stubEnv(name, undefined);
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

test("a queue on this machine is reached without any AWS variable, and without a warning", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const queues = await startQueues();
  const QueueUrl = queues.queues["changesDeadLetter"] ?? "";
  const client = createClientFor(parseQueueName(QueueUrl));
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
  expect((await client.send(command)).Attributes?.["QueueArn"]).toContain("changes-dead-letter");
  expect(warned).not.toHaveBeenCalled();
  client.destroy();
  await queues.stop();
});

test("credentials that are set are used for it, as is the region", async () => {
  vi.stubEnv("AWS_REGION", "eu-north-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "mine");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  const client = createClientFor(parseQueueName("http://localhost:9324/000000000000/a"));
  expect(await client.config.credentials()).toMatchObject({ accessKeyId: "mine" });
  expect(await client.config.region()).toBe("eu-north-1");
  expect(await client.config.endpoint?.()).toMatchObject({ hostname: "localhost", port: 9324 });
  client.destroy();
});

test("the URL of a queue in AWS names its region", async () => {
  const url = "https://sqs.ap-south-1.amazonaws.com/123456789012/changes-dead-letter.fifo";
  const client = createClientFor(parseQueueName(url));
  expect(await client.config.region()).toBe("ap-south-1");
  client.destroy();
});
