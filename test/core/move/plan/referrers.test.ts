import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toMembers } from "../../../../core/move/plan/left-references.ts";
import { findPodSelectors, readPodLabels } from "../../../../core/move/plan/pod-selectors.ts";
import { findReferrers, mayRefer, toStaying } from "../../../../core/move/plan/referrers.ts";

const members = toMembers([
  { kind: "Deployment", namespace: "shop", name: "web" },
  { kind: "Service", namespace: "shop", name: "front" },
  { kind: "ServiceAccount", namespace: "shop", name: "runner" },
  { kind: "GatewayClass", namespace: null, name: "edge" },
]);
const pods = [
  { name: "Deployment shop/web", namespace: "shop", labels: { app: "web", tier: "front" } },
];

/** What an object that stays refers to, as `field: what`. */
function refers(resource: string, object: object, namespace: string | null = "shop") {
  const staying = toStaying(object, { name: "One", namespace, resource }, members);
  return findReferrers([staying], pods).map(({ field, refersTo }) => `${field}: ${refersTo}`);
}

describe("an object that stays refers to what moves", () => {
  it.each<[string, string, object, readonly string[]]>([
    [
      "a HorizontalPodAutoscaler by its scaleTargetRef",
      "horizontalpodautoscalers.autoscaling",
      { spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } } },
      ["spec.scaleTargetRef: Deployment shop/web"],
    ],
    [
      "an Ingress by its backend",
      "ingresses.networking.k8s.io",
      { spec: { rules: [{ http: { paths: [{ backend: { service: { name: "front" } } }] } }] } },
      ["spec.rules[0].http.paths[0].backend.service: Service shop/front"],
    ],
    [
      "a StatefulSet by its serviceName",
      "statefulsets.apps",
      { spec: { serviceName: "front" } },
      ["spec.serviceName: Service shop/front"],
    ],
    [
      "a RoleBinding by its subjects, of which users and groups are no objects",
      "rolebindings.rbac.authorization.k8s.io",
      {
        subjects: [
          { kind: "ServiceAccount", name: "runner" },
          { kind: "User", name: "web", apiGroup: "rbac.authorization.k8s.io" },
        ],
      },
      ["subjects[0]: ServiceAccount shop/runner"],
    ],
    [
      "a Service by its selector",
      "services",
      { spec: { selector: { app: "web" } } },
      ["spec.selector: the Pods of Deployment shop/web"],
    ],
    [
      "a PodDisruptionBudget by labels and expressions",
      "poddisruptionbudgets.policy",
      {
        spec: {
          selector: {
            matchLabels: { app: "web" },
            matchExpressions: [
              { key: "tier", operator: "In", values: ["front", "back"] },
              { key: "old", operator: "DoesNotExist" },
            ],
          },
        },
      },
      ["spec.selector: the Pods of Deployment shop/web"],
    ],
    [
      "a NetworkPolicy of all Pods",
      "networkpolicies.networking.k8s.io",
      { spec: { podSelector: {} } },
      ["spec.podSelector: the Pods of Deployment shop/web"],
    ],
  ])("%s", (_what, resource, object, expected) => {
    expect(refers(resource, object)).toEqual(expected);
  });

  it.each<[string, string, object, (string | null)?]>([
    ["a Service of other Pods", "services", { spec: { selector: { app: "web", tier: "x" } } }],
    ["a Service without Pods", "services", { spec: { selector: {} } }],
    ["a selector of another namespace", "services", { spec: { selector: { app: "web" } } }, "pay"],
    [
      "a budget whose expression is not met",
      "poddisruptionbudgets.policy",
      {
        spec: {
          selector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] },
        },
      },
    ],
    [
      "a reference to another namespace",
      "xs.x.io",
      { spec: { aRef: { kind: "Deployment", name: "web", namespace: "pay" } } },
    ],
    ["a reference to another kind", "xs.x.io", { spec: { aRef: { kind: "Secret", name: "web" } } }],
  ])("but not %s", (_what, resource, object, namespace) => {
    expect(refers(resource, object, namespace)).toEqual([]);
  });

  it("in any JSON without failing", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, labels) => {
        const object = { spec: { selector: value, podSelector: value, template: value } };
        readPodLabels(object, "deployments.apps");
        return findPodSelectors(object, "services").every(
          ({ matches }) => typeof matches(labels as Record<string, string>) === "boolean",
        );
      }),
    );
  });
});

describe("the Pods of an object", () => {
  it("are those of its template, or of the template of its Jobs, or itself", () => {
    const template = { metadata: { labels: { app: "web" } }, spec: { containers: [] } };
    expect(readPodLabels({ spec: { template } }, "deployments.apps")).toEqual({ app: "web" });
    const jobTemplate = { spec: { template } };
    expect(readPodLabels({ spec: { jobTemplate } }, "cronjobs.batch")).toEqual({ app: "web" });
    expect(readPodLabels({ metadata: { labels: { a: "b" } } }, "pods")).toEqual({ a: "b" });
  });

  it("are none if the template is one of something else", () => {
    const template = { metadata: { labels: { app: "web" } }, spec: { bootstrap: {} } };
    expect(readPodLabels({ spec: { template } }, "machinedeployments.x.io")).toBeUndefined();
  });
});

it("Secrets, ConfigMaps and the records of Kubemend are not looked at", () => {
  const resources = ["secrets", "configmaps", "moves.kubemend.dev", "services", "things.x.io"];
  expect(resources.filter(mayRefer)).toEqual(["services", "things.x.io"]);
});
