import { expect, test } from "vitest";
import { ANY } from "../../../../core/cel/types/value-type.ts";
import { formatRedactions } from "../../../../cli/validate/describe/format-redactions.ts";

const redact = [
  {
    resource: "pods",
    paths: [
      ["spec", "containers", null, "env"],
      ["data", "a.b"],
    ],
  },
];

test("what is redacted is listed, the values of Secrets too", () => {
  expect(formatRedactions({ redact }, undefined)).toEqual([
    '  redacts pods: spec.containers[*].env, data["a.b"]',
    "  redacts secrets: data, stringData (always)",
  ]);
});

test("paths without a schema are not checked, and that is said if somebody asked for a check", () => {
  const [unknown] = formatRedactions({ redact }, () => undefined);
  expect(unknown).toContain("not checked: the schema of pods is unknown");
  expect(formatRedactions({ redact }, () => ANY)[0]).not.toContain("not checked");
});
