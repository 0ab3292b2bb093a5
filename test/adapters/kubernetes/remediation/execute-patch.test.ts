import { describe, expect, it } from "vitest";
import { findObjectChanges } from "../../../../core/preview/find-changes.ts";
import type { KubernetesObject } from "../../../../events/change.ts";
import { KubemendError } from "../../../../core/errors.ts";
import type { PatchOperation } from "../../../../core/operations/operation.ts";
import { ObjectServer } from "../../../support/kubernetes/object-server.ts";
import { execute, IMAGE, PATH, toDeployment, toOperation, toServer } from "./patch-scene.ts";

const withImage = (image: string): KubernetesObject =>
  toDeployment({ template: { spec: { containers: [{ name: "main", image }] } } });

describe("a patch", () => {
  it("changes its fields, and marks the object and the template that it changes", async () => {
    const server = toServer();
    expect(await execute(server)).toMatchObject({ outcome: "done", object: { uid: "web-uid" } });
    const marks = { "kubemend.dev/cause": "r", "kubemend.dev/depth": "1" };
    expect(server.get(PATH)).toMatchObject({
      metadata: { annotations: marks },
      spec: {
        paused: true,
        template: {
          metadata: { annotations: marks },
          spec: { containers: [{ image: "side:1" }, { image: "web:2" }] },
        },
      },
    });
  });

  it("is sent once, however often it is executed, even if somebody has undone it since", async () => {
    const server = toServer();
    await execute(server);
    const { metadata } = server.get(PATH);
    server.put(PATH, { ...toDeployment(), metadata });
    expect(await execute(server)).toMatchObject({ outcome: "done" });
    const sent = server.requests.filter(({ method }) => method === "PATCH");
    expect(sent.map(({ query }) => query?.["dryRun"])).toEqual([undefined, "All"]);
    expect(server.get(PATH)["spec"]).toEqual(toDeployment()["spec"]);
  });

  it("is not sent if every field has its new value", async () => {
    const server = toServer({ ...withImage("web:2") });
    const operation = toOperation([{ path: IMAGE, from: "web:1", to: "web:2" }]);
    expect(await execute(server, operation)).toMatchObject({ outcome: "done" });
    expect(server.writes()).toEqual([]);
  });

  it.each<readonly [string, KubernetesObject, string]>([
    ["has another value", withImage("web:3"), '[name=main].image is "web:3"'],
    ["is there", toDeployment({ paused: false }), "spec.paused is false"],
    ["is gone", toDeployment({ template: {} }), "[name=main].image is (none)"],
  ])(
    "fails, and changes nothing, if a field %s since the plan was made",
    async (_what, object, text) => {
      const server = toServer(object);
      const outcome = await execute(server);
      expect(outcome).toMatchObject({ outcome: "failed", code: "PreconditionFailed" });
      expect(outcome.outcome === "failed" ? outcome.message : "").toContain(text);
      expect(server.writes()).toEqual([]);
    },
  );

  it("never quotes a redacted value", async () => {
    const server = toServer(toDeployment({ paused: "secret" }));
    const outcome = await execute(server, undefined, { redact: ["spec.paused"] });
    expect(outcome).toMatchObject({ code: "PreconditionFailed" });
    expect(JSON.stringify(outcome)).not.toContain("secret");
  });

  it("fails if the object was replaced or is gone", async () => {
    const other = toDeployment();
    const replaced = { ...other, metadata: { ...other.metadata, uid: "other" } };
    expect(await execute(toServer(replaced))).toMatchObject({ code: "PreconditionFailed" });
    expect(await execute(toServer(null))).toMatchObject({ code: "NotFound" });
  });

  it("reads again if the object changes between reading and writing, and keeps that change", async () => {
    const server = toServer();
    let changed = false;
    server.before = ({ method }) => {
      if (method !== "PATCH" || changed) return;
      changed = true;
      server.put(PATH, toDeployment({ replicas: 7 }));
    };
    expect(await execute(server)).toMatchObject({ outcome: "done" });
    expect(server.get(PATH)["spec"]).toMatchObject({ replicas: 7, paused: true });
  });

  it("of an object that changes each time is a temporary failure", async () => {
    const server = toServer();
    server.before = ({ method }) => {
      if (method === "PATCH") server.put(PATH, toDeployment());
    };
    const failure = execute(server);
    await expect(failure).rejects.toMatchObject({ code: "Conflict", retryable: true });
  });

  it("as a dry run is sent and stores nothing", async () => {
    const server = toServer();
    expect(await execute(server, undefined, { dryRun: true })).toMatchObject({ outcome: "done" });
    expect(server.requests.at(-1)).toMatchObject({ method: "PATCH", query: { dryRun: "All" } });
    expect(server.get(PATH)["spec"]).toEqual(toDeployment()["spec"]);
  });

  it("that the API server refuses fails with its reason", async () => {
    const server = toServer();
    server.before = ({ method }) => {
      if (method !== "PATCH") return;
      throw new KubemendError("Immutable", "spec.selector: field is immutable", {
        retryable: false,
        brief: "refused",
      });
    };
    expect(await execute(server)).toMatchObject({
      outcome: "failed",
      code: "Immutable",
      message: "spec.selector: field is immutable",
    });
    const redacted = await execute(server, undefined, { redact: ["spec.paused"] });
    expect(JSON.stringify(redacted)).not.toContain("selector");
  });
});

describe("a patch of the scale", () => {
  const SCALE = `${PATH}/scale`;
  const toScale = (replicas?: number): KubernetesObject => ({
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name: "web", namespace: "data", uid: "web-uid" },
    spec: replicas === undefined ? {} : { replicas },
  });
  const toScaling = (from: number, to: number): PatchOperation => {
    const { marks: _marks, ...operation } = toOperation([{ path: ["spec", "replicas"], from, to }]);
    return { ...operation, subresource: "scale" };
  };

  it("knows zero, which the API server leaves out", async () => {
    const server = new ObjectServer();
    server.put(SCALE, toScale());
    expect(await execute(server, toScaling(0, 3))).toMatchObject({ outcome: "done" });
    expect(server.get(SCALE)["spec"]).toEqual({ replicas: 3 });
    server.put(SCALE, toScale());
    expect(await execute(server, toScaling(3, 0))).toMatchObject({ outcome: "done" });
    expect(server.writes()).toHaveLength(1);
  });

  it("is shown as a change of the replicas, and of nothing else", async () => {
    const server = new ObjectServer();
    server.put(SCALE, toScale(1));
    const outcome = await execute(server, toScaling(1, 3), { dryRun: true });
    const { before, after } = outcome.outcome === "done" ? (outcome.effect ?? {}) : {};
    expect(findObjectChanges(before, after)).toEqual([
      { path: ["spec", "replicas"], from: 1, to: 3 },
    ]);
  });
});

describe("a dry run of a patch", () => {
  it("shows the object before and after, and changes nothing", async () => {
    const server = toServer();
    const outcome = await execute(server, toOperation(), { dryRun: true });
    expect(outcome).toMatchObject({
      outcome: "done",
      effect: {
        before: { spec: { template: { spec: { containers: [{}, { image: "web:1" }] } } } },
        after: {
          spec: { paused: true, template: { spec: { containers: [{}, { image: "web:2" }] } } },
        },
      },
    });
    expect(server.get(PATH)).toMatchObject(toDeployment());
  });

  it("shows no part that must not leave the cluster, neither before nor after", async () => {
    const server = toServer(toDeployment({ password: "correct-horse" }));
    const options = { dryRun: true, redact: ["spec.password"] };
    const paused = toOperation([{ path: ["spec", "paused"], to: true }]);
    const outcome = await execute(server, paused, options);
    expect(outcome).toMatchObject({ effect: { after: { spec: { paused: true } } } });
    expect(JSON.stringify(outcome)).not.toContain("correct-horse");
  });

  it("is the only execution that shows the object", async () => {
    expect(await execute(toServer())).not.toHaveProperty("effect");
  });
});
