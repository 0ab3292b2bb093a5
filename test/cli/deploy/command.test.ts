import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kubemend } from "../../support/host/kubemend.ts";
import { recordDeployment, type RecordedDeployment } from "./recorded-deployment.ts";

let deployment: RecordedDeployment;
beforeEach(() => {
  deployment = recordDeployment();
});
afterEach(() => deployment[Symbol.dispose]());

const INSTALL = [
  /^kubectl config view --minify/,
  /^aws eks describe-cluster --name shop --query cluster\.endpoint/,
  /^kubectl get statefulset kubemend-relay --namespace kubemend /,
  /^aws eks describe-cluster --name shop --query .*authenticationMode/,
  /^aws secretsmanager list-secrets .*kubemend-prod\/signing-keys/,
  /^aws secretsmanager get-secret-value --secret-id kubemend-prod\/signing-keys/,
  /^node \S*kubemend\.mjs keys compare signing-keys/,
  /^kubectl get secret kubemend-signing-keys --namespace kubemend /,
  /^npm --prefix \S+ run package --/,
  /^kubectl get customresourcedefinition/,
  /^kubectl get statefulset kubemend-relay --namespace kubemend .*--output=name/,
  /^npm --prefix \S+ run deploy --/,
  /^aws cloudformation .*ChangesQueueUrl/,
  /^aws cloudformation .*RelayRoleArn/,
  /^aws cloudformation .*NormalizeRoleArn/,
  /^aws cloudformation .*RemediateRoleArn/,
  /^aws cloudformation .*TransferRoleArn/,
  /^aws cloudformation .*SweepRoleArn/,
  /^aws eks list-access-entries .*the-NormalizeRoleArn/,
  /^aws eks create-access-entry --cluster-name shop --principal-arn the-NormalizeRoleArn .*--username kubemend:normalize/,
  /^aws eks list-access-entries .*the-RemediateRoleArn/,
  /^aws eks create-access-entry .*the-RemediateRoleArn .*--username kubemend:remediate/,
  /^aws eks list-access-entries .*the-TransferRoleArn/,
  /^aws eks create-access-entry .*the-TransferRoleArn .*--username kubemend:transfer/,
  /^aws eks list-access-entries .*the-SweepRoleArn/,
  /^aws eks create-access-entry .*the-SweepRoleArn .*--username kubemend:sweep/,
  /^aws eks list-pod-identity-associations/,
  /^aws eks create-pod-identity-association .*--role-arn the-RelayRoleArn/,
  /^kubectl (create namespace|apply)/,
  /^kubectl (create namespace|apply)/,
  /^aws secretsmanager put-secret-value --secret-id kubemend-prod\/signing-keys/,
  /^kubectl (create secret|apply)/,
  /^kubectl (create secret|apply)/,
  /^kubectl get secrets .*status in \(pending-install,/,
  /^kubectl get customresourcedefinition .*release-namespace/,
  /^(node .*validate .*--chart-values|helm upgrade)/,
  /^(node .*validate .*--chart-values|helm upgrade)/,
  /^node \S*kubemend\.mjs doctor/,
];

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

  it.each([[], ["--from", "28"]])(
    "changes nothing if the context is another cluster than that of the settings, with %j too",
    async (...flags) => {
      deployment.commands.answerFirst("config view", "https://other.invalid");
      const { code, stderr } = await deployment.start("deploy", ...flags).ended;
      expect([code, stderr]).toEqual([1, expect.stringMatching(/say so with --other-address/)]);
      deployment.expectCalls(INSTALL.slice(0, 1));
    },
  );

  it("continues with another address of the same cluster if a flag says so", async () => {
    deployment.commands.answerFirst("config view", "https://other.invalid");
    const { code } = await deployment.start("deploy", "--other-address").ended;
    expect(code).toBe(0);
    deployment.expectCalls(INSTALL.slice(1));
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

  it.each(["deploy", "uninstall"])(
    "%s refuses a step that there is not, even to print it",
    async (command) => {
      const { code, stderr } = await deployment.start(command, "--plan", "--from", "99").ended;
      expect(code).toBe(2);
      expect(stderr).toContain("--from is 99: expected the number of a step, 1 to ");
      expect(deployment.commands.ran()).toEqual([]);
    },
  );

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

  it("deploys nothing if the context is another cluster", async () => {
    const text = readFileSync(deployment.settings, "utf8");
    writeFileSync(
      deployment.settings,
      text.replace("https://shop.invalid", "https://other.invalid"),
    );
    const { code, stderr } = await deployment.start("deploy").ended;
    expect(code).toBe(1);
    expect(stderr).toContain(
      "the context is of https://shop.invalid, and KUBEMEND_EKS_ENDPOINT is https://other.invalid",
    );
    deployment.expectCalls(INSTALL.slice(0, 1));
  });

  it.each([
    [
      "the account has another cluster of this name",
      "cluster.endpoint",
      "https://other.invalid",
      /the cluster shop of this account is https:\/\/other\.invalid, and KUBEMEND_EKS_ENDPOINT is https:\/\/shop\.invalid/,
    ],
    [
      "the cluster takes no access entries",
      "authenticationMode",
      "CONFIG_MAP",
      /the authentication mode of shop is CONFIG_MAP, .*update-cluster-config --name shop/,
    ],
    [
      "the relay there is that of another stage",
      "get statefulset kubemend-relay",
      "https://sqs.eu-central-1.amazonaws.com/1/kubemend-staging-changes.fifo",
      /sends to \S+kubemend-staging-changes\.fifo, and is not that of kubemend-prod in eu-central-1\. .*KUBEMEND_RELAY_NAMESPACE/,
    ],
    [
      "the relay there is that of another region",
      "get statefulset kubemend-relay",
      "https://sqs.us-east-1.amazonaws.com/1/kubemend-prod-changes.fifo",
      /is not that of kubemend-prod in eu-central-1/,
    ],
  ])("deploys nothing if %s", async (_, call, printed, message) => {
    deployment.commands.answerFirst(call, printed);
    const { code, stderr } = await deployment.start("deploy").ended;
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(deployment.calls().join("\n")).not.toMatch(/run (package|deploy)|create|apply|helm/);
  });

  it("deploys again where its own relay is", async () => {
    const own = "https://sqs.eu-central-1.amazonaws.com/1/kubemend-prod-changes.fifo";
    deployment.commands.answerFirst("get statefulset kubemend-relay", own);
    const { code } = await deployment.start("deploy").ended;
    expect(code).toBe(0);
  });

  it("deploys nothing if the signing keys would replace others", async () => {
    deployment.commands.answerFirst("keys compare", "", 2);
    const { code, stderr } = await deployment.start("deploy").ended;
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("replace no others of the functions"),
    ]);
    expect(deployment.calls().join("\n")).not.toMatch(/run (package|deploy)|put-secret-value/);
  });

  it("leaves the stored signing keys alone if their file is not there", async () => {
    rmSync(join(deployment.folder, "signing-keys"));
    deployment.commands.answer("get secret kubemend-signing-keys", "secret/kubemend-signing-keys");
    const { code } = await deployment.start("deploy").ended;
    expect(code).toBe(0);
    const all = deployment.calls().join("\n");
    expect(all).not.toMatch(/(get|put)-secret-value|create-secret|create secret|keys compare/);
  });

  it("deploys nothing if there are no signing keys at all", async () => {
    rmSync(join(deployment.folder, "signing-keys"));
    deployment.commands.answerFirst("list-secrets", "");
    const { code, stderr } = await deployment.start("deploy").ended;
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /signing-keys does not exist, and no signing keys are stored as kubemend-prod\/signing-keys\. Make them with kubemend keys new/,
      ),
    ]);
    expect(deployment.calls().join("\n")).not.toMatch(/run (package|deploy)/);
  });

  it("refuses a file of signing keys that is named and does not exist", async () => {
    const { code, stderr } = await deployment.start("deploy", "--keys", "/gone").ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining("/gone does not exist")]);
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

  it("deploys nothing if a program is missing", async () => {
    rmSync(join(deployment.folder, "bin", "helm"));
    const { environment } = deployment.commands;
    const shell = join(deployment.folder, "bin", "sh");
    symlinkSync("/bin/sh", shell);
    const PATH = environment["PATH"]?.split(delimiter)[0];
    const { code, stderr } = await kubemend(["deploy", "--settings", deployment.settings], {
      ...environment,
      PATH,
    }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain("helm is not installed, or not on the PATH");
    expect(deployment.commands.ran()).toEqual([]);
  });

  it("does not take an error for an access entry that does not exist", async () => {
    deployment.commands.answer("list-access-entries", "", 254);
    const { code, stderr } = await deployment.start("deploy").ended;
    expect(code).toBe(1);
    expect(stderr).toContain(
      "Step 18 of 29 failed (exit code 254): Let normalize into the cluster",
    );
  });

  it.each([
    [
      "registry.invalid/relay:0.1.0",
      /image\.repository in .* is registry\.invalid\/relay:0\.1\.0: the tag belongs into image\.tag/,
    ],
    ["REGISTRY/kubemend-relay", /image\.repository in .* REGISTRY stands for your registry/],
  ])("refuses %s as the repository of the image", async (repository, message) => {
    writeFileSync(
      join(deployment.folder, "values.yaml"),
      `image: { repository: "${repository}" }\n`,
    );
    const { code, stderr } = await deployment.start("deploy", "--plan").ended;
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it("plans nothing with a pipeline that is not valid", async () => {
    const pipeline = join(deployment.folder, "pipeline.yaml");
    writeFileSync(pipeline, readFileSync(pipeline, "utf8").replace("jobs.batch", "Jobs"));
    const { code, stdout, stderr } = await deployment.start("deploy", "--plan").ended;
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/pipeline\.yaml:1:\d+.*Jobs/);
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

  it("names everything that is missing before the first step", async () => {
    writeFileSync(
      deployment.settings,
      readFileSync(deployment.settings, "utf8").replace(/^KUBEMEND_EKS_CA=.*$/m, ""),
    );
    writeFileSync(join(deployment.folder, "values.yaml"), 'image: { repository: "" }\n');
    const { code, stderr } = await deployment.start("deploy").ended;
    expect(code).toBe(2);
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringContaining("KUBEMEND_EKS_CA is missing"),
      expect.stringMatching(/^image\.repository in .*values\.yaml is missing/),
    ]);
    expect(deployment.commands.ran()).toEqual([]);
  });
});
