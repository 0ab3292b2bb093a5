import { expect, test } from "vitest";
import { findUnserved } from "../../../../core/pipeline/check/cluster-faults.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";

function find(document: object): ReturnType<typeof findUnserved> {
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "c" } };
  const parsed = parsePipeline({ ...head, ...document });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return findUnserved(parsed.value, builtinCatalog());
}

const then = [{ alert: { to: "x", summary: "'x'" } }];

test("a rule's resource that the cluster does not serve is found, whatever it is called", () => {
  const rule = { id: "a", on: { resource: "nosuchthings.example.com" }, once: "object", then };
  expect(find({ rules: [rule] })).toEqual([
    {
      rule: "a",
      message:
        "the cluster does not serve nosuchthings.example.com, so nothing of it matches until it does",
    },
  ]);
});

test("so is a resource that an action selects, and one that is only watched", () => {
  const targets = { select: { resource: "gadgets.example.com" }, atMost: 2 };
  const rule = {
    id: "a",
    on: { resource: "pods" },
    once: "object",
    reach: "cluster",
    then: [{ deleteObject: { targets } }],
  };
  const watch = [{ resource: "widgets.example.com" }, { resource: "nodes" }];
  expect(find({ rules: [rule], watch }).map(({ message }) => message)).toEqual([
    expect.stringContaining("gadgets.example.com, so nothing can be done to it"),
    expect.stringContaining("widgets.example.com, so nothing of it is sent"),
  ]);
});

test("nothing is found if the cluster serves everything", () => {
  const rule = { id: "a", on: { resource: "jobs.batch" }, once: "object", then };
  expect(find({ rules: [rule], watch: [{ resource: "pods" }] })).toEqual([]);
});
