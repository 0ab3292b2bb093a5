import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../../../../core/pipeline/parse/parse-pipeline.ts";
import { findRuleFaults } from "../../../../../core/pipeline/check/check-pipeline.ts";

/** The faults of a rule with one action, as `place: message`. */
function find(action: object, resource = "deployments.apps"): readonly string[] {
  const document = {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    // oxlint-disable-next-line unicorn/no-thenable -- the key is part of the file format
    rules: [{ id: "a", on: { resource }, once: "object", then: [action] }],
  };
  return findRuleFaults(document).map(
    ({ path, message }) => `${path.slice(5).join(".")}: ${message}`,
  );
}

describe("parameters that change nothing, are always refused, or say something else", () => {
  it.each<readonly [object, RegExp]>([
    [{ patch: {} }, /nothing to do/],
    [{ label: {} }, /nothing to do/],
    [{ annotate: { remove: [] } }, /nothing to do/],
    [{ setResources: { limits: {} } }, /nothing to do/],
    [{ scale: { replicas: 3, min: 5, max: 2 } }, /min 5 is above max 2/],
    [{ scale: { replicas: 9, max: 4 } }, /replicas 9 is not between/],
    [{ scale: { replicas: { by: 0 } } }, /changes nothing/],
    [{ scale: { replicas: 99_999_999_999 } }, /above 2147483647/],
    [
      { setResources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } },
      /above the limit/,
    ],
    [{ setResources: { limits: { mem: "1Gi" } } }, /"mem" is no resource/],
    [{ patch: { set: { spec: { replicas: 2 } } } }, /all of spec would be replaced/],
    [{ patch: { set: { 'metadata.annotations["kubemend.dev/depth"]': "0" } } }, /kubemend\.dev/],
    [{ patch: { set: { "/spec/replicas": 2 } } }, /JSON Pointer/],
    [{ label: { set: { "team/": "a" } } }, /is not the key of a label/],
    [{ label: { set: { team: "a b" } } }, /is not the value of a label/],
    [{ label: { set: { team: "a" }, remove: ["team"] } }, /set and removed/],
    [{ label: { set: { team: "object.metadata.name" } } }, /itself would be written/],
    [{ annotate: { set: { owner: "references[0].result.name" } } }, /itself would be written/],
    [
      { createJobFromCronJob: { cronJob: { name: "a" }, env: { A: "object.metadata.name" } } },
      /itself would be written/,
    ],
    [
      {
        createJobFromCronJob: { cronJob: { name: "a" }, args: ["--node", "object.metadata.name"] },
      },
      /itself would be written/,
    ],
  ])("%j", (action, message) => {
    expect(find(action)).toMatchObject([expect.stringMatching(message)]);
  });

  it.each<readonly [object, string]>([
    [{ taint: { key: "a b", effect: "NoSchedule" } }, "nodes"],
    [{ taint: { key: "a", value: "b c", effect: "NoSchedule" } }, "nodes"],
    [{ patch: { set: { "data.password": "x" } } }, "secrets"],
    [{ scale: { replicas: 1 } }, "pods"],
    [{ scale: { replicas: 1 } }, "daemonsets.apps"],
    [{ suspend: {} }, "pods"],
    [{ restartRollout: { target: { relation: "involved" } } }, "pods"],
  ])("%j on %s", (action, resource) => {
    expect(find(action, resource)).toHaveLength(1);
  });

  it.each<readonly [action: object, resource: string]>([
    [{ patch: { set: { "spec.paused": true } } }, "deployments.apps"],
    [{ patch: { set: { spec: { cel: "object.spec" } } } }, "deployments.apps"],
    [
      { label: { set: { team: { cel: "object.metadata.name" }, "example.com/a": "" } } },
      "deployments.apps",
    ],
    [{ label: { set: { host: "object" } } }, "deployments.apps"],
    [{ annotate: { set: { note: "see object.metadata for more" } } }, "deployments.apps"],
    [{ annotate: { set: { host: "cluster.local", when: "now", a: "1 + 1" } } }, "deployments.apps"],
    [
      {
        createJobFromCronJob: {
          cronJob: { name: "a" },
          // A shell's own variable, the kubelet's, and what is meant as it is.
          args: ["-c", "echo ${HOME} $(NODE)", { cel: "'{{ .State }}'" }],
          env: { NODE: { cel: "object.metadata.name" } },
        },
      },
      "deployments.apps",
    ],
    [{ scale: { replicas: { by: -1 }, min: 1 } }, "deployments.apps"],
    [{ scale: { replicas: 1 } }, "rollouts.argoproj.io"],
    [{ suspend: {} }, "things.example.com"],
    [{ setResources: { limits: { "nvidia.com/gpu": "1", memory: "1Gi" } } }, "deployments.apps"],
    [
      {
        createJobFromCronJob: {
          cronJob: { name: "a" },
          labels: { node: { cel: "object.metadata.name" } },
        },
      },
      "deployments.apps",
    ],
    [
      { restartRollout: { target: { relation: "controller", resource: "deployments.apps" } } },
      "replicasets.apps",
    ],
  ])("but not %j", (action, resource) => {
    expect(find(action, resource)).toEqual([]);
  });
});

it.each(["constructor", "prototype", "__proto__"])(
  "a key that would be left out is refused: %s",
  (key) => {
    const action = JSON.parse(`{"label":{"set":{"${key}":"a"}}}`) as object;
    const document = {
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "test" },
      // oxlint-disable-next-line unicorn/no-thenable -- the key is part of the file format
      rules: [{ id: "a", on: { resource: "pods" }, once: "object", then: [action] }],
    };
    const parsed = parsePipeline(document);
    expect(parsed.ok ? [] : parsed.error).toMatchObject([
      { path: ["rules", 0, "then", 0, "label", "set", key], at: "key" },
    ]);
  },
);
