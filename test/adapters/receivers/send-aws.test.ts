import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { publishToSns, putToEventBridge } from "../../../adapters/receivers/send-aws.ts";
import { toDelivered } from "../../../core/alerts/to-delivered.ts";
import { toAlert } from "../../support/alert-message.ts";
import { startReceiver, type ReceiverAnswer } from "../../support/receiver-server.ts";

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts";
const signal = new AbortController().signal;

beforeEach(() => {
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "id");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "key");
  // No waits between the attempts of the SDK.
  vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
});

afterEach(() => vi.unstubAllEnvs());

/** Sends the sample alert by the real client, at the address of a server on this machine. */
async function publish(answer: ReceiverAnswer) {
  await using server = await startReceiver(answer);
  vi.stubEnv("AWS_ENDPOINT_URL_SNS", server.url);
  await publishToSns(toAlert(), TOPIC, "receiver a", signal);
  return new URLSearchParams(server.requests[0]?.body);
}

async function put(answer: unknown) {
  await using server = await startReceiver({ body: JSON.stringify(answer) });
  vi.stubEnv("AWS_ENDPOINT_URL_EVENTBRIDGE", server.url);
  await putToEventBridge(toAlert(), "default", "receiver a", signal);
  return server.requests.map(({ body }) => JSON.parse(body) as unknown);
}

const toSnsError = (status: number, code: string): ReceiverAnswer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>why</Message></Error></ErrorResponse>`,
});

describe("SNS", () => {
  it("gets the alert as text, with a subject in ASCII and attributes to filter by", async () => {
    const sent = await publish({
      body: "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>",
    });
    expect(Object.fromEntries(sent)).toMatchObject({
      Action: "Publish",
      TopicArn: TOPIC,
      Subject: "rerun-failed-backup: Job data/backup-29384720",
      "MessageAttributes.entry.1.Name": "alertId",
      "MessageAttributes.entry.1.Value.StringValue":
        "rerun-failed-backup-03ec059e118f45dfbf18/alert",
    });
    expect(sent.get("Message")).toContain("Problem: OwnerMissing");
  });

  it.each([
    [400, "InvalidParameter", "ReceiverRefused", false],
    [403, "AuthorizationError", "ReceiverUnavailable", true],
    [404, "NotFound", "ReceiverUnavailable", true],
    [500, "InternalError", "ReceiverUnavailable", true],
  ])("that answers %i %s: %s", async (status, error, code, retryable) => {
    await expect(publish(toSnsError(status, error))).rejects.toMatchObject({
      code,
      retryable,
      message: expect.stringContaining("why") as string,
    });
  });
});

describe("EventBridge", () => {
  it("gets the alert's data as the detail", async () => {
    const sent = await put({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
    expect(sent).toMatchObject([
      {
        Entries: [
          {
            EventBusName: "default",
            Source: "kubemend",
            DetailType: "Kubemend Alert",
            Resources: ["/apis/batch/v1/namespaces/data/jobs/backup-29384720"],
            Detail: JSON.stringify(toDelivered(toAlert()).data),
          },
        ],
      },
    ]);
  });

  it.each([
    ["InternalFailure", "ReceiverUnavailable"],
    ["MalformedDetail", "ReceiverRefused"],
  ])("that accepts the request but not the entry, with %s: %s", async (error, code) => {
    const entry = { ErrorCode: error, ErrorMessage: "why" };
    await expect(put({ FailedEntryCount: 1, Entries: [entry] })).rejects.toMatchObject({ code });
  });
});
