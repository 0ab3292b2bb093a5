import { expect, test } from "vitest";
import { formatMeaning } from "../../../cli/validate/format-meaning.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";

test("a value of a pipeline cannot forge a line of its meaning", () => {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod\r\nforged" },
    rules: [
      {
        id: "a",
        on: { resource: "jobs.batch" },
        where: "object.metadata.name == 'x'\n  || false",
        then: [{ alert: { to: "ops\nforged", summary: "'x'" } }],
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const types = { findType: () => undefined, source: "builtin" } as const;
  const lines = formatMeaning("file\nforged", parsed.value, types, 0);
  expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
  expect(lines[0]).toContain(String.raw`prod\r\nforged`);
});
