import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kubemend } from "../../support/host/kubemend.ts";
import { INSTALL } from "./install-calls.ts";
import { recordDeployment, type RecordedDeployment } from "./recorded-deployment.ts";

let deployment: RecordedDeployment;
beforeEach(() => {
  deployment = recordDeployment();
});
afterEach(() => deployment[Symbol.dispose]());

describe("kubemend deploy, before it changes anything,", () => {
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

  it.each(["deploy", "uninstall"])(
    "%s refuses a step that there is not, even to print it",
    async (command) => {
      const { code, stderr } = await deployment.start(command, "--plan", "--from", "99").ended;
      expect(code).toBe(2);
      expect(stderr).toContain("--from is 99: expected the number of a step, 1 to ");
      expect(deployment.commands.ran()).toEqual([]);
    },
  );

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
