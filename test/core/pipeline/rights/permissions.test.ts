/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import { builtinCatalog } from "../../../../core/references/builtin.ts";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import type { Grant } from "../../../../core/pipeline/rights/grants.ts";
import { planPermissions, type Permissions } from "../../../../core/pipeline/rights/permissions.ts";

function plan(rules: readonly object[], watch: readonly object[] = []): Permissions {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules,
    watch,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return planPermissions(parsed.value, builtinCatalog());
}

/** `verb group/resource[/name][ in namespace]`, one line each. */
function toLines(grants: readonly Grant[]): readonly string[] {
  return grants.flatMap(({ namespace, rules }) =>
    rules.flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
      verbs.map((verb) => {
        const what = [...apiGroups, ...resources, ...resourceNames].join("/");
        return `${verb} ${what}${namespace === null ? "" : ` in ${namespace}`}`;
      }),
    ),
  );
}

const LEASE = [
  "create coordination.k8s.io/leases in kubemend",
  "get coordination.k8s.io/leases/kubemend-relay in kubemend",
  "update coordination.k8s.io/leases/kubemend-relay in kubemend",
];

const GROUPS = ["create", "get", "update"]
  .map((verb) => `${verb} kubemend.dev/alertgroups in kubemend`)
  .concat("list kubemend.dev/silences in kubemend");

const ALERT = { alert: { to: "team", summary: "'x'" } };
const RERUN = {
  id: "rerun",
  on: { resource: "jobs.batch" },
  then: [{ createJobFromCronJob: {} }, ALERT],
};
const NOTIFY = { id: "notify", on: { resource: "events" }, once: "change", then: [ALERT] };

describe("planPermissions", () => {
  it("lets the relay read what rules and watches name, and nothing else", () => {
    const { relay } = plan([RERUN, NOTIFY], [{ resource: "nodes" }, { resource: "jobs.batch" }]);
    expect(toLines(relay).toSorted()).toEqual([
      "create coordination.k8s.io/leases in kubemend",
      "get /events",
      "get /namespaces/kube-system",
      "get /nodes",
      "get batch/jobs",
      "get coordination.k8s.io/leases/kubemend-relay in kubemend",
      "list /events",
      "list /nodes",
      "list batch/jobs",
      "update coordination.k8s.io/leases/kubemend-relay in kubemend",
      "watch /events",
      "watch /nodes",
      "watch batch/jobs",
    ]);
  });

  it("lets the relay watch namespaces if a watch selects them by their labels", () => {
    const watch = [{ resource: "pods", namespaces: { labelSelector: "team=data" } }];
    expect(toLines(plan([], watch).relay)).toEqual(
      expect.arrayContaining(["get /namespaces", "list /namespaces", "watch /namespaces"]),
    );
  });

  it("lets the relay watch records if a rule needs approval", () => {
    const asking = { ...RERUN, once: "object", guards: { mode: "approval" } };
    expect(toLines(plan([asking]).relay)).toContain("watch kubemend.dev/remediations");
    expect(toLines(plan([RERUN]).relay)).not.toContain("watch kubemend.dev/remediations");
  });

  it("lets normalize read single objects of the rules", () => {
    expect(toLines(plan([RERUN, NOTIFY], [{ resource: "nodes" }]).normalize).toSorted()).toEqual(
      ["get /events", "get /namespaces/kube-system", "get batch/jobs", ...GROUPS].toSorted(),
    );
  });

  it("lets remediate do what the actions of the rules need, and write its records", () => {
    expect(toLines(plan([RERUN, NOTIFY]).remediate).toSorted()).toEqual(
      [
        "create batch/jobs",
        "create events.k8s.io/events",
        "create kubemend.dev/remediations in kubemend",
        "create kubemend.dev/ruleguards in kubemend",
        "get kubemend.dev/ruleguards in kubemend",
        "list kubemend.dev/ruleguards in kubemend",
        "update kubemend.dev/ruleguards/status in kubemend",
        // That of kube-system, which tells the cluster's uid, is one of them.
        "get /namespaces",
        "get batch/cronjobs",
        "get batch/jobs",
        "get kubemend.dev/remediations in kubemend",
        "list batch/jobs",
        "list kubemend.dev/remediations in kubemend",
        "update batch/cronjobs/finalizers",
        "update kubemend.dev/remediations/status in kubemend",
        // Its alerts may still be open.
        "get /events",
        ...GROUPS,
      ].toSorted(),
    );
  });

  it("lets the sweep read the objects of records and the relay's Lease, and clean up the records", () => {
    expect(toLines(plan([RERUN, NOTIFY]).sweep).toSorted()).toEqual(
      [
        "delete kubemend.dev/remediations in kubemend",
        "get batch/jobs",
        "get coordination.k8s.io/leases/kubemend-relay in kubemend",
        "list kubemend.dev/remediations in kubemend",
        "list kubemend.dev/ruleguards in kubemend",
        "update kubemend.dev/remediations/status in kubemend",
        "delete kubemend.dev/alertgroups in kubemend",
        "delete kubemend.dev/silences in kubemend",
        "list kubemend.dev/alertgroups in kubemend",
        "list kubemend.dev/silences in kubemend",
      ].toSorted(),
    );
  });

  it("grants what a rule needs in named namespaces there only", () => {
    const on = { resource: "jobs.batch", namespaces: ["team-a", "team-b"] };
    const { relay, normalize, remediate, sweep } = plan([{ ...RERUN, on, reach: ["shared"] }]);
    const wide = ["get /namespaces/kube-system"];
    expect(toLines(relay).filter((line) => !line.includes(" in "))).toEqual(wide);
    expect(toLines(relay)).toContain("watch batch/jobs in team-b");
    expect(toLines(normalize).filter((line) => !GROUPS.includes(line))).toEqual([
      ...wide,
      "get batch/jobs in team-a",
      "get batch/jobs in team-b",
    ]);
    expect(toLines(sweep)).toContain("get batch/jobs in team-a");
    const lines = toLines(remediate);
    expect(lines.filter((line) => !line.includes(" in "))).toEqual(wide);
    expect(lines.filter((line) => line.startsWith("create batch/jobs"))).toEqual([
      "create batch/jobs in team-a",
      "create batch/jobs in team-b",
    ]);
    expect(lines).toContain("create events.k8s.io/events in team-a");
    expect(lines).not.toContain("create events.k8s.io/events in shared");
  });

  it("grants what an action needs only where it acts, and on an object that the rule names by its name", () => {
    const on = { resource: "pods", namespaces: ["a"] };
    const named = (resource: string, name: string) => ({ resource, name, namespace: "b" });
    const then = [
      { label: { set: { x: "y" } } },
      { evictPod: {} },
      { restartRollout: { target: named("deployments.apps", "web") } },
      { scale: { target: named("statefulsets.apps", "db"), replicas: 1 } },
      { deleteObject: { target: named("configmaps", "cache") } },
    ];
    const { remediate } = plan([{ id: "x", on, where: "true", reach: ["b"], then }]);
    expect(toLines(remediate).filter((line) => !/kubemend|kube-system/.test(line))).toEqual([
      "get /namespaces in a",
      "get /pods in a",
      "patch /pods in a",
      "create /pods/eviction in a",
      "create events.k8s.io/events in a",
      "delete /configmaps/cache in b",
      "get /configmaps/cache in b",
      "get /namespaces in b",
      "get apps/deployments/web in b",
      "patch apps/deployments/web in b",
      "get apps/statefulsets/db in b",
      "get apps/statefulsets/scale/db in b",
      "patch apps/statefulsets/scale/db in b",
      "list autoscaling/horizontalpodautoscalers in b",
    ]);
  });

  it("grants the rights on a CronJob that the rule names by its name, and those on Jobs in its namespace", () => {
    const on = { resource: "pods", namespaces: ["a"] };
    const then = [{ createJobFromCronJob: { cronJob: { name: "fix", namespace: "ops" } } }];
    const { remediate } = plan([{ id: "x", on, where: "true", reach: ["ops"], then }]);
    expect(toLines(remediate).filter((line) => line.includes("batch"))).toEqual(
      expect.arrayContaining(["create batch/jobs in ops", "get batch/cronjobs/fix in ops"]),
    );
    expect(toLines(remediate).filter((line) => /batch.* in a$/.test(line))).toEqual([]);
  });

  it("grants what a reference may lead to as far as the rule reaches", () => {
    const on = { resource: "pods", namespaces: ["a"] };
    const target = { relation: "owner", kind: "Deployment" };
    const rule = { id: "x", on, where: "true", whereTarget: "true", reach: ["b"] };
    const { remediate } = plan([{ ...rule, then: [{ restartRollout: { target } }] }]);
    const lines = toLines(remediate).filter((line) => line.startsWith("patch apps/deployments"));
    expect(lines).toEqual(["patch apps/deployments in a", "patch apps/deployments in b"]);
  });

  it("does not repeat in a namespace what is granted cluster-wide", () => {
    const on = { resource: "jobs.batch", namespaces: ["team-a"] };
    const { remediate } = plan([RERUN, { ...RERUN, id: "named", on }]);
    expect(toLines(remediate).filter((line) => line.endsWith("in team-a"))).toEqual([]);
  });

  it("lets remediate ask the labels of namespaces again if a rule selects by them", () => {
    const on = { resource: "jobs.batch", namespaces: { labelSelector: "team=data" } };
    expect(toLines(plan([{ ...NOTIFY, on }]).remediate)).toContain("get /namespaces");
    expect(toLines(plan([NOTIFY]).remediate)).not.toContain("get /namespaces");
  });

  it("lets remediate list what a rule selects only to count a part of it", () => {
    const scale = { id: "x", on: { resource: "deployments.apps" }, once: "object", where: "true" };
    const toListed = (guards: object, on = {}) =>
      toLines(
        plan([{ ...scale, on: { ...scale.on, ...on }, then: [{ restartRollout: {} }], guards }])
          .remediate,
      ).filter((line) => /^list (?:apps|.namespaces)/.test(line));
    expect(toListed({})).toEqual([]);
    expect(toListed({ blastRadius: 5 })).toEqual([]);
    expect(toListed({ blastRadius: "20%" })).toEqual(["list apps/deployments"]);
    expect(toListed({ blastRadius: "20%" }, { namespaces: ["a"] })).toEqual([
      "list apps/deployments in a",
    ]);
    const namespaces = { labelSelector: "team" };
    expect(toListed({ blastRadius: "20%" }, { namespaces })).toEqual([
      "list /namespaces",
      "list apps/deployments",
    ]);
  });

  it("lets remediate read the namespaces in which a rule acts, which may have opted out, and no others", () => {
    const on = { resource: "jobs.batch", namespaces: ["team-a"] };
    const toRead = (rule: object) =>
      toLines(plan([{ ...RERUN, ...rule }]).remediate).filter((line) =>
        /^get .namespaces(?: in|$)/.test(line),
      );
    expect(toRead({})).toEqual(["get /namespaces"]);
    expect(toRead({ on })).toEqual(["get /namespaces in team-a"]);
    expect(toRead({ on, reach: ["ops"] })).toEqual([
      "get /namespaces in ops",
      "get /namespaces in team-a",
    ]);
    const cordon = { on: { resource: "nodes" }, once: "object", then: [{ cordon: {} }] };
    expect(toRead(cordon)).toEqual([]);
  });

  it("gives a rule on a custom resource all that its actions need", () => {
    const on = { resource: "widgets.example.com", namespaces: ["team-a"] };
    const { remediate, normalize, sweep } = plan([{ ...RERUN, on, once: "object" }]);
    expect(toLines(remediate)).toEqual(
      expect.arrayContaining([
        "get example.com/widgets in team-a",
        "create batch/jobs in team-a",
        "get batch/cronjobs in team-a",
      ]),
    );
    expect(toLines(normalize)).toContain("get example.com/widgets in team-a");
    expect(toLines(sweep)).toContain("get example.com/widgets in team-a");
  });

  it("needs less if the CronJob is not the controller of the Job", () => {
    const plain = { ...RERUN, then: [{ createJobFromCronJob: { owner: "plain" } }] };
    expect(toLines(plan([plain]).remediate)).not.toContain("update batch/cronjobs/finalizers");
  });

  it("lets remediate see whether the alerts of a rule that only alerts are still open", () => {
    expect(toLines(plan([NOTIFY]).remediate).filter((line) => !line.includes("kubemend"))).toEqual(
      ["get /namespaces/kube-system", "get /events"].toSorted(),
    );
  });

  it("gives nobody groups of alerts if no rule alerts", () => {
    const { normalize, remediate, sweep } = plan([
      {
        ...RERUN,
        then: [{ restartRollout: {} }],
        on: { resource: "deployments.apps" },
        once: "object",
      },
    ]);
    const lines = [normalize, remediate, sweep].flatMap(toLines);
    expect(lines.filter((line) => /alertgroups|silences/.test(line))).toEqual([]);
  });

  it("has one entry per resource, and the same entries in any order of rules", () => {
    const { remediate } = plan([RERUN, { ...RERUN, id: "twice" }, NOTIFY]);
    const keys = remediate.flatMap(({ namespace, rules }) =>
      rules.map(({ verbs: _verbs, ...rest }) => JSON.stringify([namespace, rest])),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(remediate).toEqual(plan([NOTIFY, RERUN]).remediate);
  });

  it("lets the relay read a custom resource, also one that is not installed yet, and its definition", () => {
    const on = { resource: "widgets.example.com" };
    const awaited = { id: "x", on, once: "object", then: [ALERT] };
    expect(toLines(plan([awaited]).relay).toSorted()).toEqual(
      [
        "get /namespaces/kube-system",
        "get apiextensions.k8s.io/customresourcedefinitions/widgets.example.com",
        "get example.com/widgets",
        "list example.com/widgets",
        "watch example.com/widgets",
        ...LEASE,
      ].toSorted(),
    );
  });
});
