import * as v from "valibot";
import { expect, test } from "vitest";
import { queueUrl, readEnvironment } from "../../../adapters/lambda/environment.ts";

const schema = v.object({
  QUEUE_URL: queueUrl,
  FILE: v.string(),
  OPTIONAL: v.optional(v.string(), "x"),
});

test("settings are read, with defaults, frozen", () => {
  const environment = { QUEUE_URL: "http://127.0.0.1/1/q", FILE: "f", OTHER: "1" };
  const config = readEnvironment(schema, environment);
  expect(config).toEqual({ QUEUE_URL: "http://127.0.0.1/1/q", FILE: "f", OPTIONAL: "x" });
  expect(Object.isFrozen(config)).toBe(true);
});

test("every variable that is missing, empty or invalid is named", () => {
  expect(() => readEnvironment(schema, { QUEUE_URL: "queue", FILE: "" })).toThrowError(
    expect.objectContaining({
      code: "InvalidConfiguration",
      retryable: false,
      message: "configuration: QUEUE_URL: expected the URL of a queue; FILE is not set",
    }),
  );
});
