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
const TELL = { id: "tell", on: { resource: "events" }, once: "change", then: [ALERT] };

describe("planPermissions", () => {
  it("lets the relay read what rules and watches name, and nothing else", () => {
    const { relay } = plan([RERUN, TELL], [{ resource: "nodes" }, { resource: "jobs.batch" }]);
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

  it("lets the relay watch namespaces where a watch selects them by their labels", () => {
    const watch = [{ resource: "pods", namespaces: { labelSelector: "team=data" } }];
    expect(toLines(plan([], watch).relay)).toEqual(
      expect.arrayContaining(["get /namespaces", "list /namespaces", "watch /namespaces"]),
    );
  });

  it("lets the relay watch records where a rule waits for a decision", () => {
    const asking = { ...RERUN, once: "object", guards: { mode: "approval" } };
    expect(toLines(plan([asking]).relay)).toContain("watch kubemend.dev/remediations");
    expect(toLines(plan([RERUN]).relay)).not.toContain("watch kubemend.dev/remediations");
  });

  it("lets normalize read single objects of the rules", () => {
    expect(toLines(plan([RERUN, TELL], [{ resource: "nodes" }]).normalize).toSorted()).toEqual([
      "get /events",
      "get /namespaces/kube-system",
      "get batch/jobs",
    ]);
  });

  it("lets remediate do what the rules' actions say, and write its records", () => {
    expect(toLines(plan([RERUN, TELL]).remediate).toSorted()).toEqual([
      "create batch/jobs",
      "create events.k8s.io/events",
      "create kubemend.dev/remediations",
      "get /namespaces/kube-system",
      "get batch/cronjobs",
      "get batch/jobs",
      "get kubemend.dev/remediations",
      "list batch/jobs",
      "update batch/cronjobs/finalizers",
      "update kubemend.dev/remediations/status",
    ]);
  });

  it("lets the sweep read what records are about, and tidy the records", () => {
    expect(toLines(plan([RERUN, TELL]).sweep).toSorted()).toEqual([
      "delete kubemend.dev/remediations",
      "get batch/jobs",
      "list kubemend.dev/remediations",
      "update kubemend.dev/remediations/status",
    ]);
  });

  it("asks for less where the Job is not controlled by the CronJob", () => {
    const plain = { ...RERUN, then: [{ createJobFromCronJob: { owner: "plain" } }] };
    expect(toLines(plan([plain]).remediate)).not.toContain("update batch/cronjobs/finalizers");
  });

  it("gives remediate nothing for rules that only alert", () => {
    expect(toLines(plan([TELL]).remediate).filter((line) => !line.includes("kubemend"))).toEqual([
      "get /namespaces/kube-system",
    ]);
  });

  it("has one entry a resource, and the same ones in any order of rules", () => {
    const { remediate } = plan([RERUN, { ...RERUN, id: "twice" }, TELL]);
    const keys = remediate.map(({ verbs: _verbs, ...rest }) => JSON.stringify(rest));
    expect(new Set(keys).size).toBe(keys.length);
    expect(remediate).toEqual(plan([TELL, RERUN]).remediate);
  });

  it("lets the relay read a custom resource, also one that is not there yet, and ask whether it is one", () => {
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
