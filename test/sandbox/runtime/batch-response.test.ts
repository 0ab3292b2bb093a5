import { expect, test } from "vitest";
import { toBatchVerdict } from "../../../sandbox/runtime/batch-response.ts";
import { toInvocationError } from "../../../sandbox/runtime/invocation.ts";
import { toSqsRecord } from "../../../sandbox/runtime/sqs-event.ts";

const ARN = "arn:aws:sqs:us-east-1:000000000000:changes.fifo";
const records = ["a", "b", "c"].map((MessageId) => toSqsRecord({ MessageId, Body: "{}" }, ARN));

function failedOf(payload: unknown, reports = true): readonly string[] {
  return [...toBatchVerdict({ outcome: "ok", payload }, records, reports).failed];
}

test.each([
  ["null", null],
  ["an empty object", {}],
  ["an empty list", { batchItemFailures: [] }],
  ["a null list", { batchItemFailures: null }],
  ["an object with other fields", { done: 3 }],
])("%s means success of the whole batch", (_, payload) => {
  expect(failedOf(payload)).toEqual([]);
});

test("the messages that the response names failed, the others succeeded", () => {
  expect(failedOf({ batchItemFailures: [{ itemIdentifier: "b" }] })).toEqual(["b"]);
  expect(
    failedOf({ batchItemFailures: [{ itemIdentifier: "c" }, { itemIdentifier: "c" }] }),
  ).toEqual(["c"]);
});

test.each([
  ["a text", "done"],
  ["a number", 1],
  ["a list", [{ itemIdentifier: "b" }]],
  ["a failure list that is not a list", { batchItemFailures: "b" }],
  ["an empty identifier", { batchItemFailures: [{ itemIdentifier: "" }] }],
  ["a null identifier", { batchItemFailures: [{ itemIdentifier: null }] }],
  ["another key", { batchItemFailures: [{ messageId: "b" }] }],
  ["a bare identifier", { batchItemFailures: ["b"] }],
  ["a null item", { batchItemFailures: [null] }],
  ["an unknown message", { batchItemFailures: [{ itemIdentifier: "b" }, { itemIdentifier: "z" }] }],
])("%s fails the whole batch", (_, payload) => {
  expect(failedOf(payload)).toEqual(["a", "b", "c"]);
});

test("an error of the function fails the whole batch, with the error's message", () => {
  const verdict = toBatchVerdict(toInvocationError("RangeError", "no"), records, true);
  expect([...verdict.failed]).toEqual(["a", "b", "c"]);
  expect(verdict.problem).toBe("RangeError: no");
});

test("without ReportBatchItemFailures any response is a success", () => {
  expect(failedOf({ batchItemFailures: [{ itemIdentifier: "b" }] }, false)).toEqual([]);
  expect(failedOf("done", false)).toEqual([]);
});
