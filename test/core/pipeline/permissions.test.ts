/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, it } from "vitest";
import type { Permission } from "../../../core/actions/contract/action.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planPermissions, type Permissions } from "../../../core/pipeline/permissions.ts";

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

/** `verb group/resource[/name]`, one line each. */
function toLines(permissions: readonly Permission[]): readonly string[] {
  return permissions.flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
    verbs.map((verb) => `${verb} ${[...apiGroups, ...resources, ...resourceNames].join("/")}`),
  );
}

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
      "get /events",
      "get /namespaces/kube-system",
      "get /nodes",
      "get batch/jobs",
      "list /events",
      "list /nodes",
      "list batch/jobs",
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
    expect(toLines(plan([RERUN, NOTIFY], [{ resource: "nodes" }]).normalize).toSorted()).toEqual([
      "get /events",
      "get /namespaces/kube-system",
      "get batch/jobs",
    ]);
  });

  it("lets remediate do what the actions of the rules need, and write its records", () => {
    expect(toLines(plan([RERUN, NOTIFY]).remediate).toSorted()).toEqual([
      "create batch/jobs",
      "create events.k8s.io/events",
      "create kubemend.dev/remediations",
      "get /namespaces/kube-system",
      "get batch/cronjobs",
      "get batch/jobs",
      "get kubemend.dev/remediations",
      "list batch/jobs",
      "list kubemend.dev/remediations",
      "update batch/cronjobs/finalizers",
      "update kubemend.dev/remediations/status",
    ]);
  });

  it("lets the sweep read the objects of records, and clean up the records", () => {
    expect(toLines(plan([RERUN, NOTIFY]).sweep).toSorted()).toEqual([
      "delete kubemend.dev/remediations",
      "get batch/jobs",
      "list kubemend.dev/remediations",
      "update kubemend.dev/remediations/status",
    ]);
  });

  it("needs less if the CronJob is not the controller of the Job", () => {
    const plain = { ...RERUN, then: [{ createJobFromCronJob: { owner: "plain" } }] };
    expect(toLines(plan([plain]).remediate)).not.toContain("update batch/cronjobs/finalizers");
  });

  it("gives remediate nothing for rules that only alert", () => {
    expect(toLines(plan([NOTIFY]).remediate).filter((line) => !line.includes("kubemend"))).toEqual([
      "get /namespaces/kube-system",
    ]);
  });

  it("has one entry per resource, and the same entries in any order of rules", () => {
    const { remediate } = plan([RERUN, { ...RERUN, id: "twice" }, NOTIFY]);
    const keys = remediate.map(({ verbs: _verbs, ...rest }) => JSON.stringify(rest));
    expect(new Set(keys).size).toBe(keys.length);
    expect(remediate).toEqual(plan([NOTIFY, RERUN]).remediate);
  });

  it("lets the relay read a custom resource, also one that is not installed yet, and its definition", () => {
    const on = { resource: "widgets.example.com" };
    const awaited = { id: "x", on, once: "object", then: [ALERT] };
    expect(toLines(plan([awaited]).relay)).toEqual([
      "get /namespaces/kube-system",
      "get apiextensions.k8s.io/customresourcedefinitions/widgets.example.com",
      "get example.com/widgets",
      "list example.com/widgets",
      "watch example.com/widgets",
    ]);
  });
});
