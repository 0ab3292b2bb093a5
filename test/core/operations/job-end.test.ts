import { expect, it } from "vitest";
import { readJobEnd } from "../../../core/operations/job-end.ts";

const read = (...conditions: readonly object[]) => readJobEnd({ status: { conditions } });

it.each(["Complete", "Failed"])("a Job has ended by its condition %s, with its reason", (type) => {
  const ended = { type, status: "True", reason: "BackoffLimitExceeded" };
  expect(read({ type: "Suspended", status: "True" }, ended)).toEqual({
    type,
    reason: "BackoffLimitExceeded",
  });
  expect(read({ type, status: "True" })).toEqual({ type, reason: "" });
});

it("a Job has not ended by a condition that is False, or by another one", () => {
  expect(read({ type: "Failed", status: "False" })).toBeUndefined();
  expect(read({ type: "FailureTarget", status: "True" })).toBeUndefined();
  expect(read({ type: "Failed", status: "False" }, { type: "Complete", status: "True" })).toEqual({
    type: "Complete",
    reason: "",
  });
  expect(readJobEnd({})).toBeUndefined();
});
