import { describe, expect, it } from "vitest";
import * as v from "valibot";
import type { KubernetesObject } from "../../../events/change.ts";
import { writeOperationsSchema } from "../../../core/operations/operation-schema.ts";
import { toTemplateDigest } from "../../../core/operations/source-digest.ts";
import { toDeployment } from "./action-scenes.ts";
import { runAction, toObject } from "./run-action.ts";

type Json = Readonly<Record<string, unknown>>;

const PREFIX = "deployment.kubernetes.io/revision";

function toTemplate(image: string, metadata: Json = {}): Json {
  return { metadata, spec: { containers: [{ name: "main", image }] } };
}

/** A ReplicaSet of the Deployment of the scene, of this revision; before that it had those in `history`. */
function toRevision(
  revision: number,
  image: string,
  more: { readonly history?: string; readonly metadata?: Json; readonly owner?: Json } = {},
): KubernetesObject {
  const { history, metadata = {}, owner = {} } = more;
  const labels = { "pod-template-hash": `hash-${revision}` };
  return toObject(
    "apps/v1",
    "ReplicaSet",
    { spec: { template: toTemplate(image, { labels }) } },
    {
      name: `the-deployment-${revision}`,
      uid: `rs-${revision}`,
      generation: 1,
      ownerReferences: [{ uid: "Deployment-uid", controller: true, ...owner }],
      annotations: {
        [PREFIX]: String(revision),
        ...(history === undefined ? {} : { [`${PREFIX}-history`]: history }),
      },
      ...metadata,
    },
  );
}

function rollBack(image: string, others: readonly KubernetesObject[], parameters: Json = {}) {
  const annotations = { "kubernetes.io/change-cause": "web:3" };
  const scene = toDeployment({ template: toTemplate(image) }, { annotations, generation: 4 });
  return runAction(
    "rollbackDeployment",
    { managed: "refuse", target: "trigger", ...parameters },
    {
      ...scene,
      others,
    },
  );
}

function toSource(answer: ReturnType<typeof rollBack>["answer"]): unknown {
  const [operation] = answer.outcome === "operations" ? answer.operations : [];
  return operation?.type === "patch" ? operation.template?.source.name : answer;
}

const THREE = [toRevision(1, "web:1"), toRevision(3, "web:3"), toRevision(2, "web:2")];

describe("rollbackDeployment", () => {
  it("reads a history of any length", () => {
    const history = Array.from({ length: 127_000 }, () => "9").join(",");
    const { answer } = rollBack("web:3", [
      toRevision(3, "web:3", { history }),
      toRevision(2, "web:2"),
    ]);
    expect(toSource(answer)).toBe("the-deployment-2");
  });

  it("copies the template of the revision before from its ReplicaSet, by uid and digest, and names it as the cause", () => {
    const { answer, reads } = rollBack("web:3", THREE);
    expect(reads).toEqual(["get deployments", "list replicasets"]);
    expect(answer).toMatchObject({
      outcome: "operations",
      operations: [
        {
          type: "patch",
          uid: "Deployment-uid",
          template: {
            source: { resource: "replicasets", name: "the-deployment-2", uid: "rs-2" },
            digest: toTemplateDigest(toTemplate("web:2")),
            generation: 1,
            fromDigest: toTemplateDigest(toTemplate("web:3")),
            fromGeneration: 4,
          },
          changes: [
            {
              path: ["metadata", "annotations", "kubernetes.io/change-cause"],
              from: "web:3",
              to: "Kubemend rule rerun rolled back to revision 2",
              overwrite: true,
            },
          ],
          marks: {
            at: [
              ["metadata", "annotations"],
              ["spec", "template", "metadata", "annotations"],
            ],
          },
        },
      ],
      check: { expression: expect.stringContaining("updatedReplicas") },
    });
    // No body of an object is in the record.
    expect(JSON.stringify(answer)).not.toContain("web:2");
    if (answer.outcome !== "operations") return;
    const stored: unknown = JSON.parse(JSON.stringify(answer.operations));
    expect(v.parse(writeOperationsSchema, stored)).toEqual(answer.operations);
  });

  it.each<readonly [string, string, readonly KubernetesObject[], Json, string]>([
    ["to the revision that the rule names", "web:3", THREE, { toRevision: 1 }, "the-deployment-1"],
    [
      "to a number that a ReplicaSet had before",
      "web:3",
      [toRevision(4, "web:1", { history: "1,2" }), toRevision(3, "web:3")],
      { toRevision: 2 },
      "the-deployment-4",
    ],
    [
      "past the version itself, which a restart or an earlier remediation has given another template",
      "web:3",
      [...THREE, toRevision(4, "web:3")],
      {},
      "the-deployment-2",
    ],
    [
      "from a template that is not rolled out yet, to the newest revision",
      "web:4",
      THREE,
      {},
      "the-deployment-3",
    ],
    [
      "to a version that was returned to before",
      "web:3",
      [toRevision(3, "web:1", { history: "1" }), toRevision(2, "web:2"), toRevision(4, "web:3")],
      {},
      "the-deployment-3",
    ],
  ])("goes %s", (_what, image, others, parameters, source) => {
    expect(toSource(rollBack(image, others, parameters).answer)).toBe(source);
  });

  it("does not return to the version from which it was rolled back", () => {
    const again = [toRevision(1, "web:1"), toRevision(2, "web:2"), toRevision(3, "web:1")];
    expect(rollBack("web:1", again).answer).toMatchObject({
      code: "NoRevision",
      message: expect.stringContaining("had no other version before"),
    });
  });

  it.each<readonly [string, string, readonly KubernetesObject[], Json, string]>([
    ["without any ReplicaSet", "web:1", [], {}, "NoRevision"],
    ["without a revision before", "web:1", [toRevision(1, "web:1")], {}, "NoRevision"],
    ["to a revision that is gone", "web:3", THREE, { toRevision: 9 }, "NoRevision"],
    ["to the template that it has", "web:3", THREE, { toRevision: 3 }, "SameTemplate"],
    [
      "to a ReplicaSet that another object controls",
      "web:3",
      [toRevision(2, "web:2", { owner: { uid: "other" } })],
      {},
      "NoRevision",
    ],
    [
      "to a ReplicaSet that only belongs to it",
      "web:3",
      [toRevision(2, "web:2", { owner: { controller: false } })],
      {},
      "NoRevision",
    ],
    [
      "to a ReplicaSet that is being deleted",
      "web:3",
      [toRevision(2, "web:2", { metadata: { deletionTimestamp: "2026-03-01T10:00:00Z" } })],
      {},
      "NoRevision",
    ],
  ])("is refused %s", (_what, image, others, parameters, code) => {
    expect(rollBack(image, others, parameters).answer).toMatchObject({ outcome: "refused", code });
  });

  it("is refused while the Deployment is paused, and if a manager would revert it", () => {
    const paused = toDeployment({ paused: true });
    const parameters = { target: "trigger", managed: "refuse" };
    expect(runAction("rollbackDeployment", parameters, paused).answer).toMatchObject({
      code: "RolloutPaused",
    });
    const managedFields = [
      {
        manager: "argocd-controller",
        operation: "Update",
        fieldsV1: { "f:spec": { "f:template": { "f:spec": {} } } },
      },
    ];
    const managed = { ...toDeployment({ template: toTemplate("web:3") }, { managedFields }) };
    const ask = (how: string) =>
      runAction(
        "rollbackDeployment",
        { ...parameters, managed: how },
        { ...managed, others: THREE },
      ).answer;
    expect(ask("refuse")).toMatchObject({
      code: "ManagedField",
      message: expect.stringContaining("spec.template of Deployment"),
    });
    expect(ask("act").outcome).toBe("operations");
  });
});

describe("the digest of a Pod template", () => {
  it("does not depend on the hash of a ReplicaSet, the time of a restart, and Kubemend's own annotations", () => {
    const plain = toTemplate("web:1", { labels: { app: "web" } });
    const marked = toTemplate("web:1", {
      labels: { app: "web", "pod-template-hash": "abc" },
      annotations: {
        "kubectl.kubernetes.io/restartedAt": "2026-03-01T10:00:00Z",
        "kubemend.dev/depth": "1",
      },
    });
    expect(toTemplateDigest(marked)).toBe(toTemplateDigest(plain));
    const other = toTemplate("web:1", { labels: { app: "web" }, annotations: { team: "a" } });
    expect(toTemplateDigest(other)).not.toBe(toTemplateDigest(plain));
  });
});
