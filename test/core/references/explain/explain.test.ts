import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { explainReference } from "../../../../core/references/explain/explain.ts";
import { resolveReference, type ReferenceInput } from "../../../../core/references/resolve.ts";
import { toCatalog, toExtra, type Served } from "../served.ts";

const cases = JSON.parse(
  readFileSync(new URL("../data/corpus.json", import.meta.url), "utf8"),
) as readonly (ReferenceInput & { readonly served: Served })[];

const event = { apiVersion: "v1", kind: "Event", metadata: { namespace: "team", name: "e" } };

function explain(
  reference: unknown,
  options: Partial<ReferenceInput> & { served?: Served } = {},
): string {
  const { served = "builtin-1.36", ...rest } = options;
  const input = { carrier: event, field: "involvedObject", ...rest, reference };
  return explainReference(input, toCatalog(served)).reasons.join(" ");
}

describe("an explanation", () => {
  test("exists for each case of the corpus, with the resolver's result and in printable text", () => {
    for (const one of cases) {
      const catalog = toCatalog(one.served);
      const { result, reasons } = explainReference(one, catalog);
      expect(result).toEqual(resolveReference(one, catalog));
      expect(reasons.length).toBeGreaterThan(0);
      // oxlint-disable-next-line no-control-regex
      expect(reasons.join("")).not.toMatch(/[\u0000-\u001F\u007F-\u009F]|undefined/);
    }
  });

  test.each([
    [{ apiVersion: "v1", kind: "Pod", name: "a", namespace: "n" }, "It is served as written."],
    [
      { apiVersion: "batch/v1beta1", kind: "CronJob", name: "a" },
      'batch/v1beta1" is not served with this kind',
    ],
    [{ apiVersion: "batch", kind: "CronJob", name: "a" }, '"batch" alone does not name a type'],
    [{ kind: "Event", name: "a" }, "core and events.k8s.io share it"],
    [{ kind: "deployments", name: "a" }, "the resource name of Deployment"],
    [{ resource: "pods", name: "a" }, 'resource "pods" means Pod'],
    [
      { kind: "Node", name: "a", namespace: "x" },
      'cluster-scoped: the written namespace "x" is ignored',
    ],
    [{ kind: "Pod", name: "a", uid: "a" }, "is not a UUID"],
  ])("of %j", (reference, sentence) => {
    expect(explain(reference)).toContain(sentence);
  });

  test.each([
    ["Pod/a", "It is text, but must be an object."],
    [{ kind: "Pod", name: 5 }, "name is a number"],
    [{ kind: ["Pod"], name: "a" }, "kind is a list"],
    [{ kind: "Pod", name: "a/b" }, 'name "a/b" cannot be'],
    [{ name: "a" }, "It has no kind."],
    [{ apiVersion: "a/b/c", kind: "Pod", name: "a" }, "is not a group and version"],
    [{ kind: "Pod" }, "It has no name"],
    [{ kind: "Foo", name: "a" }, 'No group of the cluster has kind "Foo"'],
    [{ apiVersion: "apps/v1", group: "batch", kind: "Job", name: "a" }, "contradict each other"],
    [{ apiVersion: "app/v1", kind: "Deployment", name: "a" }, "apps/v1 has this kind"],
  ])("of the refusal of %j", (reference, sentence) => {
    expect(explain(reference)).toContain(sentence);
  });

  test("of an ambiguous kind names the kinds that it can be", () => {
    const served = toExtra("a.io/v1 Ingress ingresses");
    expect(explain({ kind: "Ingress", name: "a" }, { served })).toContain(
      "a.io/v1, networking.k8s.io/v1",
    );
  });

  test("of owners and defaults names the effect of the field", () => {
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" } };
    const pod = { apiVersion: "v1", kind: "Pod", name: "p" };
    expect(explain(pod, { carrier: node, field: "metadata.ownerReferences[0]" })).toContain(
      "cannot have a namespaced owner",
    );
    expect(explain(pod, { carrier: node })).toContain("states the namespace");
    const volume = { apiVersion: "v1", kind: "PersistentVolume", metadata: { name: "v" } };
    expect(
      explain({ name: "c", namespace: "n" }, { carrier: volume, field: "spec.claimRef" }),
    ).toContain("the default of spec.claimRef");
  });
});
