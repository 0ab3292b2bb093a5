import { expect, it } from "vitest";
import { toEntryError, toQueueError } from "../../../adapters/sqs/errors.ts";
import { KubemendError, type ErrorCode } from "../../../core/errors.ts";

const URL = "https://sqs.us-east-1.amazonaws.com/1/changes.fifo";
const named = (name: string, message = "told so"): Error =>
  Object.assign(new Error(message), { name });

const table: readonly [string, ErrorCode][] = [
  ["QueueDoesNotExist", "QueueNotFound"],
  ["AWS.SimpleQueueService.NonExistentQueue", "QueueNotFound"],
  ["AccessDeniedException", "QueueAccessDenied"],
  ["CredentialsProviderError", "QueueAccessDenied"],
  ["UnrecognizedClientException", "QueueAccessDenied"],
  ["SignatureDoesNotMatch", "QueueAccessDenied"],
  ["RequestThrottled", "QueueThrottled"],
  ["KmsThrottled", "QueueThrottled"],
  ["InvalidMessageContents", "MessageRefused"],
  ["BatchRequestTooLong", "MessageRefused"],
  ["TimeoutError", "QueueUnreachable"],
  ["SomethingNew", "QueueUnreachable"],
];

it.each(table)("%s is %s, and only the message's own fault is terminal", (name, code) => {
  const error = toQueueError(named(name), URL);
  expect(error.code).toBe(code);
  expect(error.retryable).toBe(code !== "MessageRefused");
  expect(error.message).toContain(URL);
});

it("names the network error code if the SDK's message is empty", () => {
  const refused = Object.assign(new AggregateError([]), { code: "ECONNREFUSED" });
  expect(toQueueError(refused, URL).message).toContain("ECONNREFUSED");
});

it("reports a missing region, which is not a problem of the queue", () => {
  const error = toQueueError(new Error("Region is missing"), URL);
  expect(error).toMatchObject({ code: "InvalidConfiguration", retryable: false });
  expect(error.message).toContain("AWS_REGION");
});

it("returns our own errors unchanged, and accepts anything thrown", () => {
  const own = new KubemendError("Timeout", "late", { retryable: true });
  expect(toQueueError(own, URL)).toBe(own);
  expect(toQueueError("text", URL)).toMatchObject({ code: "QueueUnreachable", retryable: true });
  expect(toQueueError(undefined, URL).code).toBe("QueueUnreachable");
});

it("treats an unknown code of an entry as the sender's fault only if the queue says so", () => {
  const entry = { code: "New", message: "" };
  expect(toEntryError({ ...entry, senderFault: true }, URL)).toMatchObject({
    code: "MessageRefused",
    retryable: false,
  });
  expect(toEntryError({ ...entry, senderFault: false }, URL)).toMatchObject({
    code: "QueueUnreachable",
    retryable: true,
  });
  expect(
    toEntryError({ code: "RequestThrottled", message: "", senderFault: true }, URL).retryable,
  ).toBe(true);
});
