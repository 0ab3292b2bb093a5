import { expect, test } from "vitest";
import { parseResourceList } from "../../../adapters/kubernetes/api/discovery-documents.ts";
import { createCatalog } from "../../../core/references/create-catalog.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { findUnwatchableIssues } from "../../../core/pipeline/unwatchable.ts";

const parse = (resource: string) =>
  parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    watch: [{ resource }],
  });

test.each([
  "componentstatuses",
  "bindings",
  "tokenreviews.authentication.k8s.io",
  "selfsubjectreviews.authentication.k8s.io",
  "subjectaccessreviews.authorization.k8s.io",
])("%s is refused, because it cannot be watched in any cluster", (resource) => {
  const parsed = parse(resource);
  expect(parsed.ok ? [] : parsed.error).toMatchObject([
    { path: ["watch", 0, "resource"], message: expect.stringContaining("watched") as unknown },
  ]);
});

test("what a cluster serves without list and watch is refused with its schema at hand", () => {
  const listed = { group: "metrics.k8s.io", version: "v1", preferred: true, resources: undefined };
  const toResource = (name: string, verbs?: readonly string[]) => ({
    name,
    kind: "Thing",
    namespaced: false,
    ...(verbs === undefined ? {} : { verbs }),
  });
  const resources = [
    toResource("polled", ["get", "list"]),
    toResource("watched", ["get", "list", "watch"]),
    toResource("silent"),
  ];
  const entries = parseResourceList({ kind: "APIResourceList", resources }, listed) ?? [];
  const catalog = createCatalog(entries, "discovery");
  const findIssues = (name: string) => {
    const parsed = parse(`${name}.metrics.k8s.io`);
    return parsed.ok ? findUnwatchableIssues(parsed.value, catalog) : [];
  };
  expect(findIssues("polled")).toMatchObject([{ path: ["watch", 0, "resource"] }]);
  expect([findIssues("watched"), findIssues("silent")]).toEqual([[], []]);
});
