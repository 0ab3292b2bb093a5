import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordDeployment, type RecordedDeployment } from "./recorded-deployment.ts";

let deployment: RecordedDeployment;
beforeEach(() => {
  deployment = recordDeployment();
});
afterEach(() => deployment[Symbol.dispose]());

const UNINSTALL = [
  /^kubectl config view --minify/,
  /^aws eks describe-cluster .*endpoint/,
  /^kubectl get statefulset kubemend-relay /,
  /^helm uninstall kubemend --namespace kubemend/,
  /^aws cloudformation .*NormalizeRoleArn/,
  /^aws cloudformation .*RemediateRoleArn/,
  /^aws cloudformation .*TransferRoleArn/,
  /^aws cloudformation .*SweepRoleArn/,
  /^aws eks list-pod-identity-associations/,
  /^aws eks list-access-entries .*the-NormalizeRoleArn/,
  /^aws eks list-access-entries .*the-RemediateRoleArn/,
  /^aws eks list-access-entries .*the-TransferRoleArn/,
  /^aws eks list-access-entries .*the-SweepRoleArn/,
  /^aws cloudformation describe-stacks .*\.StackName/,
  /^npm --prefix \S+ run remove --/,
  /^aws secretsmanager list-secrets .*kubemend-prod\/signing-keys/,
  /^aws secretsmanager delete-secret --secret-id kubemend-prod\/signing-keys/,
  /^kubectl delete secret kubemend-signing-keys --namespace kubemend/,
];

describe("kubemend uninstall", () => {
  it("does not take an error for something that is gone", async () => {
    deployment.commands.answer("list-access-entries", "", 254);
    const { code, stderr } = await deployment.start("uninstall", "--yes").ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed \(exit code 254\): Take the access of normalize/);
  });

  it("removes nothing if the context is another cluster", async () => {
    const text = readFileSync(deployment.settings, "utf8");
    writeFileSync(deployment.settings, text.replace("https://shop.invalid", "https://b.invalid"));
    const { code, stderr } = await deployment.start("uninstall", "--yes").ended;
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/the context is of https:\/\/shop\.invalid.* with --other-address/),
    ]);
    deployment.expectCalls(UNINSTALL.slice(0, 1));
  });

  it.each([
    [
      "get statefulset kubemend-relay",
      "https://sqs.eu-central-1.amazonaws.com/1/kubemend-staging-changes.fifo",
      /the relay in the namespace kubemend sends to .*kubemend-staging-changes\.fifo, and is not that of kubemend-prod/,
    ],
    [
      "cluster.endpoint",
      "https://other.invalid",
      /the cluster shop of this account is https:\/\/other\.invalid, and/,
    ],
  ])("removes nothing if %s is %s", async (call, printed, message) => {
    deployment.commands.answerFirst(call, printed);
    const { code, stderr } = await deployment.start("uninstall", "--yes").ended;
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(deployment.calls().join("\n")).not.toMatch(/uninstall|delete|remove/);
  });

  it("takes the access of the functions away", async () => {
    deployment.commands.answer("list-access-entries", "found");
    await deployment.start("uninstall", "--yes").ended;
    expect(deployment.calls().filter((call) => call.includes("delete-access-entry"))).toHaveLength(
      4,
    );
  });

  it("wants to be confirmed, and does nothing before", async () => {
    const { code, stderr } = await deployment.start("uninstall").ended;
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--plan.*--yes/)]);
    expect(deployment.commands.ran()).toEqual([]);
  });

  it("removes the relay first, keeps the records, and says what stays", async () => {
    const { code, stderr } = await deployment.start("uninstall", "--yes").ended;
    expect(code).toBe(0);
    deployment.expectCalls(UNINSTALL);
    expect(stderr).toMatch(/What stays:\n- The definitions of kubemend\.dev and all records/);
  });

  it("deletes records and namespace only with --purge", async () => {
    const { code, stderr } = await deployment.start("uninstall", "--yes", "--purge").ended;
    expect(code).toBe(0);
    deployment.expectCalls([
      ...UNINSTALL,
      /^kubectl get statefulsets --all-namespaces .*metadata\.namespace!=kubemend/,
      /^kubectl delete --filename \S*crds/,
      /^kubectl delete namespace kubemend/,
    ]);
    expect(stderr).not.toContain("all records in the namespace");
  });

  it("leaves the definitions to another installation in the cluster, also with --purge", async () => {
    deployment.commands.answer(
      "get statefulsets --all-namespaces",
      "statefulset.apps/kubemend-relay",
    );
    const { code } = await deployment.start("uninstall", "--yes", "--purge").ended;
    expect(code).toBe(0);
    const calls = deployment.calls();
    expect(calls.filter((call) => call.startsWith("kubectl delete --filename"))).toEqual([]);
    expect(calls.at(-1)).toMatch(/^kubectl delete namespace kubemend/);
  });

  it("prints a script that does the same, with what stays", async () => {
    const { stdout } = await deployment.start("uninstall", "--plan").ended;
    expect(deployment.commands.ran()).toEqual([]);
    expect(stdout).toContain("# What stays:");
    await deployment.runScript(stdout);
    deployment.expectCalls(UNINSTALL);
  });
});
