/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../../events/change.ts";
import type { Trigger } from "../../../events/request.ts";
import {
  findReachFault,
  findTargetFault,
  type AuthorityTarget,
} from "../../../core/decide/authority.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { PipelineIssue } from "../../../core/pipeline/pipeline.ts";

const EVENT: Trigger = {
  group: "",
  version: "v1",
  resource: "events",
  kind: "Event",
  namespaced: true,
  namespace: "attacker",
  name: "e",
  uid: "u",
  resourceVersion: "1",
};
const NODE: AuthorityTarget = {
  group: "",
  resource: "nodes",
  kind: "Node",
  namespace: null,
  name: "node-1",
};
const NODE_TRIGGER: Trigger = {
  ...EVENT,
  resource: "nodes",
  kind: "Node",
  namespaced: false,
  namespace: null,
  name: "node-1",
};

function inNamespace(namespace: string): AuthorityTarget {
  const name = "web";
  return { group: "apps", resource: "deployments", kind: "Deployment", namespace, name };
}

describe("reach", () => {
  test.each<[string, Trigger, AuthorityTarget]>([
    ["a Node, named by an Event", EVENT, NODE],
    ["a Deployment of another namespace", EVENT, inNamespace("victim")],
    ["all objects of another namespace", EVENT, { ...inNamespace("victim"), name: undefined }],
    ["an object of the same name elsewhere", EVENT, { ...inNamespace("victim"), name: "e" }],
    ["another Node than the trigger", NODE_TRIGGER, { ...NODE, name: "node-2" }],
    ["what a Node refers to in a namespace", NODE_TRIGGER, inNamespace("kube-system")],
    [
      "a cluster-scoped object of the trigger's name and another kind",
      NODE_TRIGGER,
      { ...NODE, resource: "namespaces", kind: "Namespace" },
    ],
    [
      "a cluster-scoped object of the trigger's name and resource in another API group",
      NODE_TRIGGER,
      { ...NODE, group: "metrics.k8s.io", kind: "NodeMetrics" },
    ],
    [
      "an object of the trigger's name and kind in another namespace",
      EVENT,
      { group: "", resource: "events", kind: "Event", namespace: "victim", name: "e" },
    ],
  ])("%s is out of it", (_, trigger, target) => {
    expect(findReachFault(undefined, trigger, target)).toMatchObject({ code: "OutOfReach" });
    expect(findReachFault([], trigger, target)).toMatchObject({ code: "OutOfReach" });
    expect(findReachFault("cluster", trigger, target)).toBeUndefined();
  });

  test("the trigger's own namespace and the trigger itself are always allowed", () => {
    expect(findReachFault(undefined, EVENT, inNamespace("attacker"))).toBeUndefined();
    expect(findReachFault(undefined, NODE_TRIGGER, NODE)).toBeUndefined();
  });

  test("in another cluster the namespace of the trigger's name is allowed, and the twin of a cluster-scoped trigger is not", () => {
    const cluster = "backup";
    expect(
      findReachFault(undefined, EVENT, { ...inNamespace("attacker"), cluster }),
    ).toBeUndefined();
    expect(findReachFault(undefined, NODE_TRIGGER, { ...NODE, cluster })).toMatchObject({
      code: "OutOfReach",
      message: expect.stringContaining("Node node-1 in cluster backup"),
    });
  });

  test("the message says where the trigger is, and what would allow the rule to act", () => {
    expect(findReachFault(undefined, EVENT, inNamespace("victim"))?.message).toBe(
      "Deployment victim/web is out of the rule's reach: Event e is in namespace attacker. If the rule is meant to act there, set reach: [victim]",
    );
    const all = { ...inNamespace("victim"), name: undefined };
    expect(findReachFault(undefined, NODE_TRIGGER, all)?.message).toBe(
      "Deployment victim/* is out of the rule's reach: Node node-1 is cluster-scoped. If the rule is meant to act there, set reach: [victim]",
    );
  });

  test("a list of namespaces allows these, and nothing cluster-scoped", () => {
    expect(findReachFault(["victim"], EVENT, inNamespace("victim"))).toBeUndefined();
    expect(findReachFault(["victim"], EVENT, inNamespace("other"))).toMatchObject({
      message: expect.stringMatching(/Deployment other\/web.*reach: \[other\]/),
    });
    expect(findReachFault(["victim"], EVENT, NODE)).toMatchObject({
      message: expect.stringMatching(/Node node-1.*reach: cluster/),
    });
  });
});

describe("whereTarget", () => {
  const target: KubernetesObject = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node-1", uid: "n", labels: { drain: "yes" } },
  };
  const ask = (whereTarget: string | undefined, object: KubernetesObject | undefined = target) =>
    findTargetFault({ whereTarget }, object, (live) => ({
      object: live,
      cluster: { name: "c", uid: "u" },
      now: "2026-01-01T00:00:00.000Z",
    }));

  test.each([
    ["object.metadata.labels.drain == 'yes'", undefined],
    ["object.metadata.labels.drain == 'no'", "TargetRefused"],
    ["object.metadata.labels.other == 'no'", "TargetUnknown"],
    ["object.metadata.name", "RuleError"],
    ["object.metadata.labels.drain + 1 == 2", "RuleError"],
  ])("%s", (whereTarget, code) => {
    expect(ask(whereTarget)?.code).toBe(code);
  });

  test("is refused if an action does not name the object that it acts upon", () => {
    const rule = { whereTarget: "true" };
    const bindings = () => {
      throw new Error("not asked");
    };
    expect(findTargetFault(rule, undefined, bindings)).toMatchObject({ code: "RuleError" });
    expect(ask(undefined)).toBeUndefined();
  });
});

describe("validation", () => {
  const ACT = { createJobFromCronJob: { cronJob: { relation: "involved" } } };
  const ALERT = { alert: { to: "a", summary: "'x'" } };
  const find = (rule: object): readonly PipelineIssue[] => {
    const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "c" } };
    const whole = { id: "a", on: { resource: "events" }, once: "change", then: [ACT], ...rule };
    const parsed = parsePipeline({ ...head, rules: [whole] });
    return parsed.ok ? [] : parsed.error;
  };

  test.each(["events", "events.events.k8s.io"])(
    "a rule on %s that reaches out of the namespace must look at its target",
    (resource) => {
      for (const reach of ["cluster", ["victim"]]) {
        const [issue, ...others] = find({ on: { resource }, reach });
        expect(others).toEqual([]);
        expect(issue).toMatchObject({
          path: ["rules", 0, "reach"],
          message: expect.stringMatching(/whereTarget is missing/),
        });
        expect(find({ on: { resource }, reach, whereTarget: "true" })).toEqual([]);
      }
      expect(find({ on: { resource } })).toEqual([]);
    },
  );

  const PODS = { on: { resource: "pods" }, once: "object", reach: "cluster" };
  const label = { set: { a: "b" } };

  test.each<readonly [string, object]>([
    ["the CronJob that owns a Job", { createJobFromCronJob: {} }],
    ["the controller", { restartRollout: { target: { relation: "controller" } } }],
    [
      "an owner in a namespace",
      { label: { target: { relation: "owner", resource: "jobs.batch" }, ...label } },
    ],
    ["an object that the rule names", { cordon: { target: { name: "node-1" } } }],
    ["the trigger", { deleteObject: {} }],
  ])("a rule with a reach that acts upon %s needs no whereTarget", (_what, action) => {
    expect(find({ ...PODS, then: [action] })).toEqual([]);
  });

  test.each<readonly [string, object]>([
    [
      "a Node as the owner, which anyone may write into a Pod",
      { cordon: { target: { relation: "owner" } } },
    ],
    [
      "a subject",
      { deleteObject: { target: { relation: "subject", resource: "serviceaccounts" } } },
    ],
    [
      "an owner of an unknown kind",
      { label: { target: { relation: "owner", resource: "things.example.com" }, ...label } },
    ],
    ["another reference", { createJobFromCronJob: { cronJob: { relation: "target" } } }],
  ])("a rule with a reach that acts upon %s must look at it", (_what, action) => {
    const rules = [
      { then: [action] },
      { then: [{ evictPod: {} }], verify: {}, onFailure: [action] },
    ];
    for (const rule of rules) {
      expect(find({ ...PODS, ...rule })).toMatchObject([
        {
          path: ["rules", 0, "reach"],
          message: expect.stringMatching(/^whereTarget is missing: /),
        },
      ]);
      expect(find({ ...PODS, ...rule, whereTarget: "true" })).toEqual([]);
      expect(find({ on: PODS.on, once: PODS.once, ...rule })).toEqual([]);
    }
  });

  test.each([
    [{ reach: "everywhere" }, "reach", /expected cluster, or a list/],
    [{ reach: [] }, "reach", /is empty/],
    [{ whereTarget: "object.a = 1" }, "whereTarget", /CEL/],
    [{ whereTarget: "true", then: [ALERT] }, "whereTarget", /only alerts/],
    [{ reach: ["x"], then: [ALERT] }, "reach", /only alerts/],
  ])("%j is refused", (rule, key, message) => {
    const issue = find(rule).find(({ path }) => path.includes(key));
    expect(issue?.message).toMatch(message);
  });
});
