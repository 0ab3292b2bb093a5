import { describe, expect, test } from "vitest";
import { findReferences } from "../../../core/references/find-references.ts";
import { MAX_REFERENCES } from "../../../events/reference.ts";
import { toCatalog, toExtra } from "./served.ts";

const catalog = toCatalog(
  toExtra(
    "gateway.networking.k8s.io/v1 Gateway gateways",
    "gateway.networking.k8s.io/v1 HTTPRoute httproutes",
  ),
);

/** `field relation outcome` of each reference, where outcome is `Kind namespace/name` or the reason. */
function find(object: unknown): readonly string[] {
  return findReferences(object, catalog).map(({ field, relation, result }) => {
    const outcome =
      result.outcome === "resolved"
        ? `${result.kind} ${result.namespace ?? "-"}/${result.name}`
        : result.reason;
    return `${field} ${relation} ${outcome}`;
  });
}

const metadata = { namespace: "team", name: "x" };

describe("references are found", () => {
  test("in ownerReferences, with the controller distinguished", () => {
    const ownerReferences = [
      { kind: "ConfigMap", name: "plain" },
      { apiVersion: "batch/v1", kind: "CronJob", name: "cj", controller: true },
      { kind: "CronJob", name: "no", controller: "true" },
      null,
    ];
    expect(
      find({ apiVersion: "batch/v1", kind: "Job", metadata: { ...metadata, ownerReferences } }),
    ).toEqual([
      "metadata.ownerReferences[0] owner ConfigMap team/plain",
      "metadata.ownerReferences[1] controller CronJob team/cj",
      "metadata.ownerReferences[2] owner CronJob team/no",
      "metadata.ownerReferences[3] owner malformed",
    ]);
  });

  test("in Events of both groups, malformed ones too", () => {
    expect(
      find({
        apiVersion: "v1",
        kind: "Event",
        metadata,
        involvedObject: { kind: "Pod", name: "p" },
        related: "Pod/p",
      }),
    ).toEqual(["involvedObject involved Pod team/p", "related related malformed"]);
    expect(
      find({
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata,
        regarding: { kind: "Node", name: "n" },
        related: null,
      }),
    ).toEqual(["regarding involved Node -/n"]);
  });

  test("in autoscalers, endpoints, volumes, claims and bindings", () => {
    const spec = { scaleTargetRef: { kind: "Deployment", name: "d" } };
    expect(
      find({ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata, spec }),
    ).toEqual(["spec.scaleTargetRef scaleTarget Deployment team/d"]);
    const subsets = [
      { addresses: [{ ip: "10.0.0.1", targetRef: { kind: "Pod", name: "p", namespace: "team" } }] },
    ];
    expect(find({ apiVersion: "v1", kind: "Endpoints", metadata, subsets })).toEqual([
      "subsets[0].addresses[0].targetRef target Pod team/p",
    ]);
    const claimRef = { name: "c", namespace: "team" };
    expect(
      find({
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: "v" },
        spec: { claimRef },
      }),
    ).toEqual(["spec.claimRef claim PersistentVolumeClaim team/c"]);
    const source = { kind: "PersistentVolumeClaim", name: "old" };
    expect(
      find({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata,
        spec: { dataSource: source, dataSourceRef: source },
      }),
    ).toEqual([
      "spec.dataSource dataSource PersistentVolumeClaim team/old",
      "spec.dataSourceRef dataSource PersistentVolumeClaim team/old",
    ]);
    expect(
      find({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata,
        subjects: [
          { kind: "ServiceAccount", name: "s" },
          { kind: "User", name: "jane", apiGroup: "rbac.authorization.k8s.io" },
        ],
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
      }),
    ).toEqual([
      "roleRef role Role team/r",
      "subjects[0] subject ServiceAccount team/s",
      "subjects[1] subject not-served",
    ]);
  });

  test("in Gateway API routes, where one malformed backend does not hide the others", () => {
    const spec = {
      parentRefs: [{ name: "g", namespace: "gw" }],
      rules: [
        {
          backendRefs: [{ name: "s", port: 80 }, {}, 5],
          filters: [{ type: "RequestMirror", requestMirror: { backendRef: { name: "m" } } }],
        },
      ],
    };
    const status = { parents: [{ parentRef: { name: "g" } }] };
    expect(
      find({
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata,
        spec,
        status,
      }),
    ).toEqual([
      "spec.parentRefs[0] parent Gateway gw/g",
      "spec.rules[0].backendRefs[0] backend Service team/s",
      "spec.rules[0].backendRefs[1] backend missing-name",
      "spec.rules[0].backendRefs[2] backend malformed",
      "spec.rules[0].filters[0].requestMirror.backendRef backend Service team/m",
    ]);
  });
});

describe("nothing is found", () => {
  test.each([
    ["in status", { status: { targetRef: { kind: "Pod", name: "p" } } }],
    ["in data", { data: { targetRef: { kind: "Pod", name: "p" } } }],
    ["in labels", { metadata: { labels: { targetRef: { kind: "Pod", name: "p" } } } }],
    [
      "in an object inside the object",
      {
        spec: {
          manifests: [
            {
              apiVersion: "v1",
              kind: "X",
              metadata: {},
              spec: { targetRef: { kind: "Pod", name: "p" } },
            },
          ],
        },
      },
    ],
    [
      "in the schema of a custom resource",
      { spec: { schema: { openAPIV3Schema: { properties: { targetRef: { type: "object" } } } } } },
    ],
    [
      "in fields of that name with another meaning",
      { spec: { dataSource: { type: "prometheus", url: "x" }, targetRef: "x" } },
    ],
    [
      "in what is inherited",
      Object.create({ involvedObject: { kind: "Pod", name: "p" } }) as object,
    ],
  ])("%s", (_, object) => {
    expect(find(object)).toEqual([]);
  });

  test.each([null, undefined, 1, "x", [], [{ involvedObject: {} }]])("in %j", (object) => {
    expect(find(object)).toEqual([]);
  });
});

test("what is found is bounded", () => {
  const targetRefs = Array.from({ length: 5_000 }, (_, index) => ({
    kind: "Pod",
    name: `p${index}`,
  }));
  expect(find({ metadata, spec: { a: { targetRefs }, b: { targetRefs } } })).toHaveLength(
    MAX_REFERENCES,
  );
});
