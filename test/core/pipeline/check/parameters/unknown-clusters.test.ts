/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { findUnusedClusters } from "../../../../../core/pipeline/acting-clusters.ts";
import { findRuleFaults } from "../../../../../core/pipeline/check/check-pipeline.ts";
import { parsePipeline } from "../../../../../core/pipeline/parse/parse-pipeline.ts";

const toDocument = (action: object, more: object = {}) => ({
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "prod" },
  clusters: ["backup", "spare"].map((name) => ({ name, access: { secret: `kubemend/${name}` } })),
  rules: [
    { id: "a", on: { resource: "deployments.apps" }, once: "object", then: [action], ...more },
  ],
});

const JOB = {
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "b" }] } } },
};

describe("an action in another cluster", () => {
  it.each([
    [
      "bakcup",
      ["scale", "target", "cluster"],
      "the pipeline names no cluster bakcup",
      "did you mean backup?",
    ],
    [
      "prod",
      ["scale", "target", "cluster"],
      "prod is the cluster whose changes the rule sees",
      "leave cluster out to act there",
    ],
    [
      "entirely-different",
      ["scale", "target", "cluster"],
      "the pipeline names no cluster entirely-different",
      "add it to clusters, with its access; its clusters: backup, spare",
    ],
  ])(
    "is refused in %s, which the file does not name as another one",
    (cluster, at, message, hint) => {
      const document = toDocument({ scale: { target: { cluster }, replicas: 1 } });
      expect(findRuleFaults(document)).toEqual([
        { path: ["rules", 0, "then", 0, ...at], message, hint },
      ]);
    },
  );

  it("is looked for in onFailure, too", () => {
    const onFailure = [{ createJob: { cluster: "bakcup", job: JOB } }];
    const document = toDocument({ createJob: { cluster: "backup", job: JOB } }, { onFailure });
    expect(findRuleFaults(document)).toMatchObject([
      { path: ["rules", 0, "onFailure", 0, "createJob", "cluster"] },
    ]);
  });

  it("cannot create a Job that the trigger owns", () => {
    const document = toDocument({ createJob: { cluster: "backup", job: JOB, owner: "trigger" } });
    expect(findRuleFaults(document)).toMatchObject([
      { path: ["rules", 0, "then", 0, "createJob", "owner"], hint: "write owner: none" },
    ]);
  });

  it("on the twin of a Node needs a reach, because that is another object in no namespace", () => {
    const cordon = { cordon: { target: { cluster: "backup" } } };
    const onNodes = { on: { resource: "nodes" } };
    expect(findRuleFaults(toDocument(cordon, onNodes))).toMatchObject([
      { path: ["rules", 0, "then", 0, "cordon", "target"], hint: "write reach: cluster" },
    ]);
    expect(findRuleFaults(toDocument(cordon, { ...onNodes, reach: "cluster" }))).toEqual([]);
  });

  it("of a kind that the action cannot change is refused as here", () => {
    const document = toDocument(
      { scale: { target: { cluster: "backup" }, replicas: 1 } },
      { on: { resource: "configmaps" } },
    );
    expect(findRuleFaults(document)).toMatchObject([
      { message: expect.stringContaining("scale cannot change configmaps") },
    ]);
  });
});

it("a cluster that no rule uses is noted", () => {
  const parsed = parsePipeline(
    toDocument({ scale: { target: { cluster: "backup" }, replicas: 1 } }),
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  expect(findUnusedClusters(parsed.value)).toEqual([
    "no rule uses the cluster spare, so no function connects to it",
  ]);
});
