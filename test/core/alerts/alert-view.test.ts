import { expect, it } from "vitest";
import { toAlertView } from "../../../core/alerts/alert-view.ts";
import { toAlert } from "../../support/alert-message.ts";

const facts = (view: ReturnType<typeof toAlertView>) =>
  Object.fromEntries(view.facts.map(({ name, value }) => [name, value]));

it("says what happened to what, where, by which rule", () => {
  const view = toAlertView(toAlert());
  expect(view.title).toBe("rerun-failed-backup: Job data/backup-29384720");
  expect(facts(view)).toMatchObject({
    Object: "Job data/backup-29384720",
    Cluster: "prod-eu-1",
    Rule: "rerun-failed-backup",
    Change: "modified at 2026-11-20T02:00:07.412Z",
  });
});

it("is an error with what Kubemend refused, else a warning", () => {
  expect(toAlertView(toAlert())).toMatchObject({
    severity: "error",
    problem: "OwnerMissing: the Job has no owner that is a CronJob",
  });
  const { severity, problem } = toAlertView(toAlert({ problem: undefined }));
  expect([severity, problem]).toEqual(["warning", undefined]);
});

it("shows a resolved reference with its provenance, and why another one is not resolved", () => {
  const resolved = {
    outcome: "resolved",
    apiVersion: "batch/v1",
    kind: "CronJob",
    resource: "cronjobs",
    namespace: "data",
    name: "backup",
    provenance: "owner",
  } as const;
  const unresolved = {
    outcome: "unresolved",
    reason: "ambiguous",
    candidates: ["a/v1", "b/v1"],
  } as const;
  const references = [
    { field: "metadata.ownerReferences[0]", relation: "controller", result: resolved },
    { field: "spec.ref", relation: "path", result: unresolved },
  ];
  expect(facts(toAlertView(toAlert({ references })))).toMatchObject({
    "Reference (controller)": "CronJob data/backup (owner)",
    "Reference (path)": "spec.ref cannot be resolved: ambiguous, a/v1 or b/v1",
  });
});

it("counts the references beyond the first five", () => {
  const result = { outcome: "unresolved", reason: "missing-name", candidates: [] } as const;
  const references = Array.from({ length: 8 }, (_, index) => ({
    field: `spec.a[${index}]`,
    relation: "path",
    result,
  }));
  expect(facts(toAlertView(toAlert({ references })))["References"]).toBe("3 more");
});

it("names the next command: the record, or the object if there is no record", () => {
  expect(toAlertView(toAlert()).commands).toEqual([
    "kubectl describe job backup-29384720 --namespace data",
  ]);
  const record = { namespace: "kubemend", name: "rerun-failed-backup-03ec059e118f45dfbf18" };
  expect(toAlertView(toAlert({ record })).commands).toEqual([
    "kubectl describe remediation rerun-failed-backup-03ec059e118f45dfbf18 --namespace kubemend",
  ]);
});

it("makes no command of a name that a shell would read", () => {
  const { trigger } = toAlert().data;
  const view = toAlertView(toAlert({ trigger: { ...trigger, name: "a; rm -rf ~" } }));
  expect(view.commands).toEqual([]);
});

it("lets no character of the cluster control what shows it, but keeps the lines of a summary", () => {
  const view = toAlertView(
    toAlert({ summary: "one\ntwo\u001B[31m\u202E", problem: { code: "A", message: "b\nc" } }),
  );
  expect(view.summary).toBe(String.raw`> one` + "\n" + String.raw`> two\u001b[31m\u202e`);
  expect(view.problem).toBe(String.raw`A: b\nc`);
});
