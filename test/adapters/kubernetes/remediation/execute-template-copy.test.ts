import { describe, expect, it } from "vitest";
import { toMarks } from "../../../../core/operations/change-marks.ts";
import type { PatchOperation } from "../../../../core/operations/operation.ts";
import { toTemplateDigest } from "../../../../core/operations/source-digest.ts";
import { execute, NOW, PATH, TARGET, toDeployment, toServer } from "./patch-scene.ts";

describe("a patch that copies a Pod template", () => {
  const RS_PATH = "/apis/apps/v1/namespaces/data/replicasets/web-2";
  const toTemplate = (image: string, more: object = {}) => ({
    metadata: { labels: { app: "web", ...more } },
    spec: { containers: [{ name: "main", image }] },
  });
  const source = { ...TARGET, resource: "replicasets", kind: "ReplicaSet", name: "web-2" };

  function toScene(live = toTemplate("web:3"), image = "web:2", uid = "rs-uid") {
    const server = toServer(toDeployment({ template: live, replicas: 2 }));
    const template = toTemplate(image, { "pod-template-hash": "abc" });
    const metadata = { name: "web-2", namespace: "data", uid, generation: 1 };
    server.put(RS_PATH, {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata,
      spec: { template },
    });
    return server;
  }

  function toCopy(): PatchOperation {
    const changes = [
      { path: ["metadata", "annotations", "why"], from: "a", to: "b", overwrite: true as const },
    ];
    const template = {
      source: { ...source, uid: "rs-uid" },
      digest: toTemplateDigest(toTemplate("web:2")),
      generation: 1,
      fromDigest: toTemplateDigest(toTemplate("web:3")),
    };
    const identity = { namespace: "kubemend", uid: "record-uid" };
    const marks = toMarks(changes, { record: "r", depth: 1, now: NOW, identity }, template);
    const of = { target: TARGET, uid: "web-uid" };
    return { type: "patch", name: "rollback", ...of, changes, template, marks };
  }

  it("writes it without the ReplicaSet's hash, marked, and overwrites what only gives a reason", async () => {
    const server = toScene();
    expect(await execute(server, toCopy())).toMatchObject({ outcome: "done" });
    const live = server.get(PATH);
    expect(live).toMatchObject({
      metadata: { annotations: { why: "b", "kubemend.dev/cause": "r" } },
      spec: {
        replicas: 2,
        template: {
          metadata: { labels: { app: "web" }, annotations: { "kubemend.dev/depth": "1" } },
          spec: { containers: [{ name: "main", image: "web:2" }] },
        },
      },
    });
    expect(JSON.stringify(live)).not.toContain("pod-template-hash");
  });

  it("is not repeated when it was carried out, even if the ReplicaSet is gone since", async () => {
    const server = toScene();
    await execute(server, toCopy());
    const before = server.get(PATH);
    server.objects.delete(RS_PATH);
    expect(await execute(server, toCopy())).toMatchObject({ outcome: "done" });
    expect(server.get(PATH)).toEqual(before);
  });

  it("copies what may not leave the cluster, and refuses if that was changed since", async () => {
    const redacted = { redact: ["spec.template.spec.nodeName"] };
    const live = { ...toTemplate("web:3"), spec: { ...toTemplate("web:3").spec, nodeName: "x" } };
    const server = toScene(live);
    const operation = toCopy();
    const { template } = operation;
    if (template === undefined) throw new Error("it copies");
    const older = { ...operation, template: { ...template, fromGeneration: 7 } };
    expect(await execute(server, older, redacted)).toMatchObject({ code: "PreconditionFailed" });
    expect(await execute(server, operation, redacted)).toMatchObject({ outcome: "done" });
    expect(JSON.stringify(server.get(PATH))).not.toContain("nodeName");
  });

  it("is shown without what may not leave the cluster in the ReplicaSet", async () => {
    const server = toScene();
    const replicaSet = server.get(RS_PATH);
    const template = toTemplate("web:2");
    const spec = { template: { ...template, spec: { ...template.spec, nodeName: "horse" } } };
    server.put(RS_PATH, { ...replicaSet, spec });
    const options = { redact: ["spec.template.spec.nodeName"], resource: "replicasets.apps" };
    const outcome = await execute(server, toCopy(), { ...options, dryRun: true });
    expect(outcome).toMatchObject({ effect: { after: { spec: { replicas: 2 } } } });
    expect(JSON.stringify(outcome)).not.toContain("horse");
  });

  it.each([
    ["the Deployment has another template", toScene(toTemplate("web:4"))],
    ["the ReplicaSet has another template", toScene(undefined, "web:9")],
    ["the ReplicaSet is another one", toScene(undefined, undefined, "other")],
    ["the ReplicaSet is gone", toServer(toDeployment({ template: toTemplate("web:3") }))],
  ])("fails if %s than when the plan was made", async (_what, server) => {
    const before = server.get(PATH);
    expect(await execute(server, toCopy())).toMatchObject({
      outcome: "failed",
      code: "PreconditionFailed",
      message: expect.stringContaining("than when the plan was made"),
    });
    expect(server.get(PATH)).toEqual(before);
  });

  it("replaces a template that was only restarted since", async () => {
    const restarted = toTemplate("web:3");
    const annotations = { "kubectl.kubernetes.io/restartedAt": NOW };
    const metadata = { ...restarted.metadata, annotations };
    const server = toScene({ ...restarted, metadata });
    expect(await execute(server, toCopy())).toMatchObject({ outcome: "done" });
  });
});
