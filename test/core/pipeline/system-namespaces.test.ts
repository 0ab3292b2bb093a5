/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, test } from "vitest";
import { findRuleFaults } from "../../../core/pipeline/check/check-pipeline.ts";
import { findUnnamedSystem, isUnnamedTarget } from "../../../core/pipeline/system-namespaces.ts";
import { parseRule } from "../../support/functions/rule-request.ts";

const RERUN = [{ createJobFromCronJob: null }];

function leaves(namespace: string | null, rule: object = {}): boolean {
  return findUnnamedSystem(parseRule({ then: RERUN, ...rule }).rule, namespace) !== undefined;
}

const on = (namespaces: object) => ({ on: { resource: "jobs.batch", namespaces } });

describe("a rule that remediates leaves alone", () => {
  test.each(["kube-system", "kube-public", "kube-node-lease", "kubemend"])("%s", (namespace) => {
    expect(leaves(namespace)).toBe(true);
    expect(leaves(namespace, on({ labelSelector: "team" }))).toBe(true);
  });

  test("nothing that it names, nothing elsewhere, and nothing that is in no namespace", () => {
    expect(leaves("kube-system", on(["kube-system"]))).toBe(false);
    expect(leaves("data")).toBe(false);
    expect(leaves(null)).toBe(false);
  });

  test("nothing if it only alerts: people must know of trouble there", () => {
    expect(leaves("kube-system", { then: [{ alert: { to: "a", summary: "'x'" } }] })).toBe(false);
  });
});

describe("a target in kube-system", () => {
  const at = (namespace: string | null) => ({ namespace });

  test("is left alone although the rule reaches the whole cluster", () => {
    expect(isUnnamedTarget("cluster", at("data"), "kube-system")).toBe(true);
    expect(isUnnamedTarget("cluster", at(null), "kube-system")).toBe(true);
    expect(isUnnamedTarget("cluster", at("data"), "shop")).toBe(false);
  });

  test("is acted upon if reach names it, or if the trigger is there", () => {
    expect(isUnnamedTarget(["kube-system"], at("data"), "kube-system")).toBe(false);
    expect(isUnnamedTarget("cluster", at("kube-system"), "kube-system")).toBe(false);
  });

  test("that a rule names and never reaches is a fault of the file", () => {
    const target = { resource: "deployments.apps", namespace: "kube-system", name: "dns" };
    const rule = {
      id: "r",
      once: "object",
      on: { resource: "nodes" },
      then: [{ restartRollout: { target } }],
    };
    const find = (reach: unknown) => findRuleFaults({ rules: [{ ...rule, reach }] });
    expect(find("cluster")).toEqual([
      {
        path: expect.anything() as unknown,
        message: "a rule acts in kube-system only if reach names it",
        hint: "write reach: [kube-system]",
      },
    ]);
    expect(find(["kube-system"])).toEqual([]);
  });
});
