import { describe, expect, it } from "vitest";
import { findManager } from "../../../core/operations/managed-fields.ts";
import type { ChangePath } from "../../../core/operations/operation.ts";

const FIELDS = {
  "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
  "f:spec": {
    "f:replicas": {},
    "f:selector": {},
    "f:template": {
      "f:spec": {
        "f:containers": {
          'k:{"name":"main"}': { ".": {}, "f:image": {}, "f:name": {} },
          'k:{"containerPort":80,"protocol":"TCP"}': { ".": {} },
        },
      },
    },
  },
};

function find(path: ChangePath, manager = "argocd-controller", operation = "Update") {
  const managedFields = [
    { manager: "kubectl-client-side-apply", operation: "Update", fieldsV1: FIELDS },
    { manager, operation, fieldsV1: FIELDS },
  ];
  return findManager({ metadata: { managedFields } }, path);
}

const containers = ["spec", "template", "spec", "containers"];

describe("a field is managed", () => {
  it.each<readonly [string, ChangePath, boolean]>([
    ["itself", ["spec", "replicas"], true],
    ["as a part of what is owned as a whole", ["spec", "selector", "matchLabels"], true],
    ["as what has owned parts", ["spec", "template"], true],
    ["in an element of a list", [...containers, { name: "main" }, "image"], true],
    ["in an element found by a number", [...containers, { containerPort: "80" }], true],
    ["not beside it", ["spec", "paused"], false],
    ["not in another element", [...containers, { name: "other" }, "image"], false],
    ["not beside it in the element", [...containers, { name: "main" }, "resources"], false],
    ["not beside it in a map", ["metadata", "labels", "team"], false],
  ])("%s", (_what, path, expected) => {
    expect(find(path) === "argocd-controller").toBe(expected);
  });

  it.each<readonly [string, string, boolean]>([
    ["kustomize-controller", "Apply", true],
    ["helm-controller", "Update", true],
    ["anybody", "Apply", true],
    ["anybody", "Update", false],
  ])("by %s with %s: %s", (manager, operation, expected) => {
    expect(find(["spec", "replicas"], manager, operation)).toBe(expected ? manager : undefined);
  });

  it("never throws on what is no managedFields", () => {
    for (const managedFields of [undefined, null, 3, [null, {}, { manager: "a" }]]) {
      expect(findManager({ metadata: { managedFields } }, ["spec"])).toBeUndefined();
    }
    const broken = [{ manager: "a", operation: "Apply", fieldsV1: { "k:{": {} } }];
    expect(findManager({ metadata: { managedFields: broken } }, [{ a: "b" }])).toBeUndefined();
  });
});
