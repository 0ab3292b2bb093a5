import { expect, test } from "vitest";
import { formatMeaning } from "../../../cli/validate/format-meaning.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
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

test("what the cluster does not serve is named, and nobody who named a cluster is told to name one", () => {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "c" },
    rules: [
      {
        id: "a",
        on: { resource: "nosuchthings.example.com" },
        once: "object",
        then: [{ alert: { to: "ops", summary: "'x'" } }],
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const cluster = { catalog: builtinCatalog(), absentNamespaces: [] };
  const types = { findType: () => undefined, source: "named", cluster } as const;
  const meaning = formatMeaning("f", parsed.value, types, 0).join("\n");
  expect(meaning).toContain(
    "\n  Note: rule a: the cluster does not serve nosuchthings.example.com, so nothing of it matches until it does",
  );
  expect(meaning).toContain("because the cluster publishes no schema");
  expect(meaning).not.toContain("--context");
});
