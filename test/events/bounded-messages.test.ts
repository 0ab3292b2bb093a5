import { readFileSync } from "node:fs";
import * as v from "valibot";
import { expect, test } from "vitest";
import { parseAlertMessage } from "../../events/alert.ts";
import { parseChangeMessage } from "../../events/change.ts";
import { checkMessage, FIRST_ISSUE } from "../../events/contract.ts";
import { CHANGE_MAX_VALUES, hasMoreValues, MESSAGE_MAX_VALUES } from "../../events/json-values.ts";
import { MAX_REFERENCES } from "../../events/reference.ts";
import { parseRemediationRequest } from "../../events/request.ts";
import { parseWakeupMessage } from "../../events/wakeup.ts";

type Sample = { readonly data: object };

const readSample = (path: string): Sample =>
  JSON.parse(readFileSync(new URL(`../../events/samples/${path}`, import.meta.url), "utf8"));

const PARSERS = [
  ["a change", parseChangeMessage, CHANGE_MAX_VALUES],
  ["a request", parseRemediationRequest, MESSAGE_MAX_VALUES],
  ["an alert", parseAlertMessage, MESSAGE_MAX_VALUES],
  ["a wake-up", parseWakeupMessage, MESSAGE_MAX_VALUES],
] as const;

test.each(PARSERS)("%s of more values than any has is refused unread", (_what, parse, most) => {
  const body = `{"data":{"references":[${"{},".repeat(most)}{}]}}`;
  expect(parse(body)).toEqual({
    outcome: "refused",
    code: "malformed",
    reason: `the body is JSON of more than ${most} values`,
  });
});

test("commas and brackets inside of strings are no values", () => {
  const text = JSON.stringify([",".repeat(50), '"[{,\\'.repeat(50)]);
  expect(hasMoreValues(text, 2)).toBe(false);
  expect(hasMoreValues(text, 1)).toBe(true);
});

test("a list of wrong items makes one issue, not one of each", () => {
  const schema = v.object({ names: v.array(v.string()) });
  const names = Array.from({ length: 1000 }, () => 0);
  expect(v.safeParse(schema, { names }, FIRST_ISSUE).issues).toHaveLength(1);
  expect(checkMessage({ names }, "change", 1, schema)).toMatchObject({
    reason: "names.0: Invalid type: Expected string but received 0",
  });
});

test("the reason of a refusal is short, whatever the message contains", () => {
  const long = "x".repeat(500_000);
  for (const body of [
    JSON.stringify({ ...readSample("change-1/valid/job-failed.json"), specversion: long }),
    JSON.stringify({
      ...readSample("change-1/valid/job-failed.json"),
      data: { rules: { [long]: 0 } },
    }),
  ]) {
    const parsed = parseChangeMessage(body);
    if (parsed.outcome === "parsed") throw new Error("it was read");
    expect(parsed.reason.length).toBeLessThan(400);
  }
});

test("a request has no more references than a function finds", () => {
  const reference = { field: "a", relation: "path", result: UNRESOLVED };
  const request = readSample("request-1/valid/rerun-failed-job.json");
  const withReferences = (count: number): string =>
    JSON.stringify({
      ...request,
      data: { ...request.data, references: Array.from({ length: count }, () => reference) },
    });
  expect(parseRemediationRequest(withReferences(MAX_REFERENCES)).outcome).toBe("parsed");
  expect(parseRemediationRequest(withReferences(MAX_REFERENCES + 1)).outcome).toBe("refused");
});

const UNRESOLVED = { outcome: "unresolved", reason: "missing-name", candidates: [] };
