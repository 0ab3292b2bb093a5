import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../events/change.ts";
import { findReferences } from "../../../../core/references/find-references.ts";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { runAction, toObject, type Scene } from "../run-action.ts";

type Json = Readonly<Record<string, unknown>>;

const RS_UID = "6f6f5fc1-5d54-4b26-a4b0-5d2d3c1c2a01";
const DEPLOYMENT_UID = "6f6f5fc1-5d54-4b26-a4b0-5d2d3c1c2a02";
const JOB_UID = "6f6f5fc1-5d54-4b26-a4b0-5d2d3c1c2a03";
const CRON_JOB_UID = "6f6f5fc1-5d54-4b26-a4b0-5d2d3c1c2a04";

function toOwner(apiVersion: string, kind: string, uid: string): Json {
  const name = `the-${kind.toLowerCase()}`;
  return { ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] };
}

const template = { spec: { containers: [{ name: "main", image: "web:1" }] } };
const DEPLOYMENT = toObject(
  "apps/v1",
  "Deployment",
  { spec: { template } },
  { uid: DEPLOYMENT_UID },
);
const REPLICA_SET = toObject(
  "apps/v1",
  "ReplicaSet",
  {},
  {
    uid: RS_UID,
    ...toOwner("apps/v1", "Deployment", DEPLOYMENT_UID),
  },
);
const STATEFUL_SET = toObject(
  "apps/v1",
  "StatefulSet",
  { spec: { template } },
  { uid: DEPLOYMENT_UID },
);
const JOB = toObject(
  "batch/v1",
  "Job",
  {},
  {
    uid: JOB_UID,
    ...toOwner("batch/v1", "CronJob", CRON_JOB_UID),
  },
);
const CRON_JOB = toObject(
  "batch/v1",
  "CronJob",
  { spec: { jobTemplate: { spec: { template } } } },
  { uid: CRON_JOB_UID },
);

function toPod(owner: Json, others: readonly KubernetesObject[]): Scene {
  const object = toObject("v1", "Pod", {}, owner);
  return {
    resource: "pods",
    object,
    others,
    references: findReferences(object, builtinCatalog()),
  };
}

const OF_DEPLOYMENT = toOwner("apps/v1", "ReplicaSet", RS_UID);
const restart = (scene: Scene, target: Json = { relation: "owner", kind: "Deployment" }) =>
  runAction("restartRollout", { target }, scene);

describe("the owner of a Pod's owner", () => {
  it("is the Deployment of its ReplicaSet, each of which is read", () => {
    const { answer, reads } = restart(toPod(OF_DEPLOYMENT, [REPLICA_SET, DEPLOYMENT]));
    expect(reads).toEqual(["get replicasets", "get deployments"]);
    expect(answer).toMatchObject({
      operations: [{ target: { kind: "Deployment", namespace: "data" }, uid: DEPLOYMENT_UID }],
    });
  });

  it("is found without a kind, whatever workload the Pod belongs to", () => {
    const any = { relation: "owner" };
    const { answer } = restart(toPod(OF_DEPLOYMENT, [REPLICA_SET, DEPLOYMENT]), any);
    expect(answer).toMatchObject({ operations: [{ target: { kind: "Deployment" } }] });
    const own = toPod(toOwner("apps/v1", "StatefulSet", DEPLOYMENT_UID), [STATEFUL_SET]);
    const direct = restart(own, any);
    expect(direct.reads).toEqual(["get statefulsets"]);
    expect(direct.answer).toMatchObject({ operations: [{ target: { kind: "StatefulSet" } }] });
  });

  it("may be the target of any action, by its resource", () => {
    const target = { relation: "owner", resource: "deployments.apps" };
    const scene = toPod(OF_DEPLOYMENT, [REPLICA_SET, DEPLOYMENT]);
    const parameters = { target, set: { team: "a" }, remove: [], managed: "act" };
    expect(runAction("label", parameters, scene).answer).toMatchObject({
      operations: [{ target: { kind: "Deployment" }, uid: DEPLOYMENT_UID }],
    });
  });

  it("is the CronJob of its Job for createJobFromCronJob", () => {
    const scene = toPod(toOwner("batch/v1", "Job", JOB_UID), [JOB, CRON_JOB]);
    const parameters = {
      cronJob: "owner",
      concurrencyPolicy: "honour",
      suspend: "honour",
      owner: "controller",
      labels: {},
      env: {},
      requests: {},
      limits: {},
    };
    const { answer, reads } = runAction("createJobFromCronJob", parameters, scene);
    expect(reads).toEqual(["get jobs", "get cronjobs"]);
    expect(answer).toMatchObject({
      operations: [{ type: "create", specFrom: { source: { uid: CRON_JOB_UID } } }],
    });
  });

  it.each<readonly [string, Json, readonly KubernetesObject[], string]>([
    ["a ReplicaSet that is gone", OF_DEPLOYMENT, [DEPLOYMENT], "TargetNotFound"],
    [
      "another ReplicaSet of that name",
      toOwner("apps/v1", "ReplicaSet", JOB_UID),
      [REPLICA_SET, DEPLOYMENT],
      "TargetReplaced",
    ],
    [
      "another Deployment of that name",
      OF_DEPLOYMENT,
      [REPLICA_SET, { ...DEPLOYMENT, metadata: { ...DEPLOYMENT.metadata, uid: JOB_UID } }],
      "TargetReplaced",
    ],
    [
      "a ReplicaSet without a controller",
      OF_DEPLOYMENT,
      [{ ...REPLICA_SET, metadata: { ...REPLICA_SET.metadata, ownerReferences: [] } }, DEPLOYMENT],
      "ReferenceMissing",
    ],
    [
      "a ReplicaSet that something else controls",
      OF_DEPLOYMENT,
      [
        toObject(
          "apps/v1",
          "ReplicaSet",
          {},
          {
            uid: RS_UID,
            ...toOwner("apps/v1", "StatefulSet", DEPLOYMENT_UID),
          },
        ),
        STATEFUL_SET,
      ],
      "TargetKind",
    ],
    [
      "owner references without a uid",
      toOwner("apps/v1", "ReplicaSet", "x"),
      [REPLICA_SET, DEPLOYMENT],
      "ReferenceUnconfirmed",
    ],
    ["a Pod without an owner", {}, [DEPLOYMENT], "ReferenceMissing"],
    [
      "a controller that leads to no Deployment",
      toOwner("batch/v1", "Job", JOB_UID),
      [JOB, DEPLOYMENT],
      "ReferenceMissing",
    ],
  ])("is not guessed: %s", (_what, owner, others, code) => {
    expect(restart(toPod(owner, others)).answer).toMatchObject({ outcome: "refused", code });
  });
});
