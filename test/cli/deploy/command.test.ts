import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { INSTALL } from "./install-calls.ts";
import { recordDeployment, type RecordedDeployment } from "./recorded-deployment.ts";

let deployment: RecordedDeployment;
beforeEach(() => {
  deployment = recordDeployment();
});
afterEach(() => deployment[Symbol.dispose]());

describe("kubemend deploy", () => {
  it("runs every command in order, and announces each", async () => {
    const { code, stdout, stderr } = await deployment.start("deploy").ended;
    expect([code, stdout]).toEqual([0, ""]);
    deployment.expectCalls(INSTALL);
    expect(stderr).toContain("[8/29] Pack the functions with the pipeline");
    expect(stderr).toContain("[29/29] Check that everything works together");
    expect(deployment.calls().join("\n")).toMatch(
      /helm upgrade --install kubemend .*queueUrl=the-ChangesQueueUrl/,
    );
  });

  it("prints them as a script that does the same, and runs none", async () => {
    const { code, stdout } = await deployment.start("deploy", "--plan").ended;
    expect(code).toBe(0);
    expect(deployment.commands.ran()).toEqual([]);
    await deployment.runScript(stdout);
    deployment.expectCalls(INSTALL);
  });

  it("stops at the first step that fails, says how to continue, and continues from there", async () => {
    deployment.commands.answer("run deploy", "", 3);
    const failed = await deployment.start("deploy").ended;
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /Step 11 of 29 failed \(exit code 3\): Deploy the functions.* with --from 11 it begins with this step/,
    );
    deployment.expectCalls(INSTALL.slice(0, 12));
    const before = deployment.commands.ran().length;
    const { code } = await deployment.start("deploy", "--from", "28").ended;
    expect(code).toBe(0);
    expect(deployment.calls().slice(before)).toEqual([
      ...INSTALL.slice(0, 3).map((call): unknown => expect.stringMatching(call)),
      expect.stringMatching(/^aws cloudformation .*ChangesQueueUrl/),
      ...INSTALL.slice(-4).map((call): unknown => expect.stringMatching(call)),
    ]);
  });

  it("gives the rights of an installed relay's pipeline before the functions that need them", async () => {
    deployment.commands.answer("--output=name", "statefulset.apps/kubemend-relay");
    await deployment.start("deploy").ended;
    const calls = deployment.calls();
    const applied = calls.findIndex((call) =>
      /apply --server-side .*field-manager=helm/.test(call),
    );
    expect(applied).toBeGreaterThan(0);
    expect(applied).toBeLessThan(calls.findIndex((call) => call.includes("run deploy")));
  });

  it("corrects the user name of an access entry that exists", async () => {
    deployment.commands.answer("list-access-entries", "the-SweepRoleArn");
    await deployment.start("deploy").ended;
    const calls = deployment.calls().filter((call) => call.includes("-access-entry "));
    expect(calls).toHaveLength(4);
    expect(calls.at(-1)).toMatch(
      /^aws eks update-access-entry .*--principal-arn the-SweepRoleArn --username kubemend:sweep/,
    );
  });

  it("says where to look if the relay does not become ready", async () => {
    deployment.commands.answer("upgrade --install", "", 1);
    const { code, stderr } = await deployment.start("deploy").ended;
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/describe pods --namespace kubemend .*image that cannot be pulled/),
    ]);
  });

  it("prints only the steps from the one that is named, with the values that they need", async () => {
    const { code, stdout } = await deployment.start("deploy", "--plan", "--from", "28").ended;
    expect(code).toBe(0);
    expect(stdout.match(/^# \d+\./gm)).toEqual([
      "# 1.",
      "# 2.",
      "# 3.",
      "# 4.",
      "# 12.",
      "# 27.",
      "# 28.",
      "# 29.",
    ]);
    expect(stdout).toMatch(/^CHANGES_QUEUE_URL=\$\(aws .*ChangesQueueUrl/m);
  });

  it("does everything in the relay's own namespace", async () => {
    appendFileSync(deployment.settings, "KUBEMEND_RELAY_NAMESPACE=second\n");
    await deployment.start("deploy").ended;
    const all = deployment.calls().join("\n");
    expect(all).toMatch(/create-access-entry .*--username second:normalize/);
    expect(all).toMatch(/create-pod-identity-association .*--namespace second /);
    expect(all).toMatch(/create secret generic kubemend-signing-keys --namespace second /);
    expect(all).toMatch(/helm upgrade .*--namespace second /);
    expect(all).not.toMatch(/--username kubemend:|--namespace kubemend /);
  });

  it.each([
    ["second", "kubemend", true],
    ["kubemend", "kubemend", false],
    ["", "kubemend", true],
  ])(
    "leaves definitions of %j to their release, seen from %s: %s",
    async (owner, namespace, isOther) => {
      deployment.commands.answer("release-namespace", `remediations.kubemend.dev/${owner}`);
      appendFileSync(deployment.settings, `KUBEMEND_RELAY_NAMESPACE=${namespace}\n`);
      await deployment.start("deploy").ended;
      const installs = deployment.calls().find((call) => call.startsWith("helm upgrade"));
      expect(installs?.includes("--set crds.install=false")).toBe(isOther);
    },
  );

  it("stops if the stack has no such output", async () => {
    rmSync(join(deployment.folder, "answers.tsv"));
    writeFileSync(join(deployment.folder, "answers.tsv"), "");
    deployment.commands.answer("config view", "https://shop.invalid");
    deployment.commands.answer("cluster.endpoint", "https://shop.invalid");
    deployment.commands.answer("authenticationMode", "API");
    const { code, stderr } = await deployment.start("deploy").ended;
    expect(code).toBe(1);
    expect(stderr).toContain("Step 12 of 29 failed (it printed nothing): Read ChangesQueueUrl");
  });

  it("updates the definitions of an installation before its functions", async () => {
    deployment.commands.answer(
      "get customresourcedefinition",
      "customresourcedefinition/remediations",
    );
    await deployment.start("deploy").ended;
    expect(deployment.calls().slice(8, 13)).toEqual([
      expect.stringMatching(/run package/),
      expect.stringMatching(/get customresourcedefinition/),
      expect.stringMatching(/^kubectl apply --server-side --force-conflicts --filename \S*crds$/),
      expect.stringMatching(/get statefulset kubemend-relay /),
      expect.stringMatching(/run deploy/),
    ]);
  });

  it("leaves the stored signing keys alone if their file is not there", async () => {
    rmSync(join(deployment.folder, "signing-keys"));
    deployment.commands.answer("get secret kubemend-signing-keys", "secret/kubemend-signing-keys");
    const { code } = await deployment.start("deploy").ended;
    expect(code).toBe(0);
    const all = deployment.calls().join("\n");
    expect(all).not.toMatch(/(get|put)-secret-value|create-secret|create secret|keys compare/);
  });

  it("the script ends as well where a step cannot look something up", async () => {
    const { stdout } = await deployment.start("deploy", "--plan").ended;
    deployment.commands.answerFirst("list-access-entries", "", 254);
    await expect(deployment.runScript(stdout)).rejects.toThrow("Command failed");
    expect(deployment.calls().join("\n")).not.toContain("helm upgrade");
  });

  it("deploys nothing if the cluster does not answer", async () => {
    deployment.commands.answer("get customresourcedefinition", "", 1);
    const { code, stderr } = await deployment.start("deploy").ended;
    expect(code).toBe(1);
    expect(stderr).toContain("Step 9 of 29 failed (exit code 1): Update the definitions");
    deployment.expectCalls(INSTALL.slice(0, 10));
  });

  it("does not take an error for an access entry that does not exist", async () => {
    deployment.commands.answer("list-access-entries", "", 254);
    const { code, stderr } = await deployment.start("deploy").ended;
    expect(code).toBe(1);
    expect(stderr).toContain(
      "Step 18 of 29 failed (exit code 254): Let normalize into the cluster",
    );
  });

  it("passes the relay's role to the chart with IRSA, and makes no association", async () => {
    appendFileSync(deployment.settings, "KUBEMEND_RELAY_OIDC_PROVIDER=oidc.invalid/id/1\n");
    await deployment.start("deploy").ended;
    const all = deployment.calls().join("\n");
    expect(all).toMatch(/helm upgrade .*--set-string aws\.roleArn=the-RelayRoleArn/);
    expect(all).not.toContain("pod-identity");
  });

  it("names the step in which it was stopped, ends what it has started, and ends as Ctrl-C does", async () => {
    const started = join(deployment.folder, "started");
    const program = `#!/bin/sh\nsleep 300 &\necho $! > '${started}'\nwait\n`;
    writeFileSync(join(deployment.folder, "bin", "npm"), program);
    const running = deployment.start("deploy");
    await expect.poll(() => existsSync(started) && readFileSync(started, "utf8")).toMatch(/\n$/);
    running.process.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([
      130,
      expect.stringContaining("Stopped in step 8 of 29: Pack the functions with the pipeline."),
    ]);
    const pid = Number(readFileSync(started, "utf8"));
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});
