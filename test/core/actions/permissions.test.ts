import { describe, expect, it } from "vitest";
import { findAction } from "../../../core/actions/registry.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findResource } from "../../../core/references/find-resource.ts";

type Json = Readonly<Record<string, unknown>>;

/** `verb resource.group`, sorted. */
function toRights(name: string, parameters: Json, on: string): readonly string[] {
  const resource = findResource(builtinCatalog(), on);
  if (resource === undefined) throw new Error(on);
  const permissions = findAction(name)?.permissions(parameters, resource) ?? [];
  return permissions
    .flatMap(({ apiGroups, resources, verbs }) =>
      verbs.map((verb) => `${verb} ${resources.join()}.${apiGroups.join()}`),
    )
    .toSorted();
}

const PATCH_DEPLOYMENT = ["get deployments.apps", "patch deployments.apps"];

describe("the rights of an action", () => {
  it.each<readonly [string, Json, string, readonly string[]]>([
    ["restartRollout", {}, "deployments.apps", PATCH_DEPLOYMENT],
    [
      "restartRollout",
      { target: { relation: "owner", kind: "Deployment" } },
      "pods",
      ["get deployments.apps", "get replicasets.apps", "patch deployments.apps"],
    ],
    [
      "restartRollout",
      { target: { relation: "owner", kind: "Deployment" } },
      "replicasets.apps",
      PATCH_DEPLOYMENT,
    ],
    [
      "rollbackDeployment",
      {},
      "deployments.apps",
      [
        "get deployments.apps",
        "get replicasets.apps",
        "list replicasets.apps",
        "patch deployments.apps",
      ],
    ],
    [
      "suspend",
      { target: { relation: "owner" } },
      "jobs.batch",
      ["get cronjobs.batch", "get jobs.batch", "patch cronjobs.batch", "patch jobs.batch"],
    ],
    ["cordon", { target: { name: "n" } }, "pods", ["get nodes.", "patch nodes."]],
    [
      "patch",
      { target: { resource: "widgets.example.com", name: "w" } },
      "pods",
      ["get widgets.example.com", "patch widgets.example.com"],
    ],
    [
      "scale",
      { replicas: 1 },
      "deployments.apps",
      [
        "get deployments.apps",
        "get deployments/scale.apps",
        "list horizontalpodautoscalers.autoscaling",
        "patch deployments/scale.apps",
      ],
    ],
    [
      "scale",
      { replicas: 1, autoscaled: "act" },
      "deployments.apps",
      ["get deployments.apps", "get deployments/scale.apps", "patch deployments/scale.apps"],
    ],
    ["deleteObject", {}, "pods", ["delete pods.", "get pods."]],
    ["evictPod", {}, "pods", ["create pods/eviction.", "get pods."]],
  ])("%s %j on %s", (name, parameters, on, rights) => {
    expect(toRights(name, parameters, on)).toEqual(rights);
  });
});
