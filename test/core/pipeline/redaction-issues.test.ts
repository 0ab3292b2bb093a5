import { expect, test } from "vitest";
import { parseFieldPattern } from "../../../core/json/field-pattern.ts";
import { toSchemaType } from "../../../core/cel/types/schema-type.ts";
import { findRedactionTypeIssues } from "../../../core/pipeline/redaction-issues.ts";

const SCHEMA = {
  type: "object",
  properties: {
    metadata: { type: "object" },
    data: { type: "object", additionalProperties: { type: "string" } },
    spec: {
      type: "object",
      properties: {
        replicas: { type: "integer" },
        raw: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        containers: {
          type: "array",
          items: { type: "object", properties: { env: { type: "array", items: {} } } },
        },
      },
    },
  },
};

function findIssues(path: string) {
  const pattern = parseFieldPattern(path);
  if (!pattern.ok) throw new Error(pattern.error);
  const redact = [{ resource: "things.example.com", paths: [pattern.value] }];
  return findRedactionTypeIssues({ redact }, () => toSchemaType(SCHEMA, {}, "Thing"));
}

test.each([
  ["spec.container[*].env", /^spec of things.example.com has no field container,/, /containers/],
  ["spec.containers[*].envs", /has no field envs/, /env/],
  ["spec.containers.envs", /has no field envs/, /env/],
  ["sepc.containers", /^things.example.com has no field sepc/, /spec/],
  ["spec.replicas.count", /has no parts/, /^$/],
])("%s is refused by the schema, by name", (path, message, hint) => {
  const [issue] = findIssues(path);
  expect(issue).toMatchObject({
    path: ["redact", 0, "paths", 0],
    message: expect.stringMatching(message) as unknown,
  });
  expect(issue?.hint ?? "").toMatch(hint);
});

test.each([
  "spec.containers[*].env",
  "spec.containers.env",
  "data.anything",
  "data[*].x",
  "spec.raw.a.b.c",
  "metadata.annotations.x",
  "spec[*].env",
])("%s may be there", (path) => {
  const expected = path === "data[*].x" ? 1 : 0;
  expect(findIssues(path)).toHaveLength(expected);
});

test("without a schema nothing is said", () => {
  const redact = [{ resource: "pods", paths: [["nothing"]] }];
  expect(findRedactionTypeIssues({ redact }, () => undefined)).toEqual([]);
});
