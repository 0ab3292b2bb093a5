import { execFile } from "node:child_process";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kubemend } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { recordCommands, type RecordedCommands } from "../setup/record-commands.ts";

const run = promisify(execFile);

let folder: ReturnType<typeof temporaryFolder>;
let commands: RecordedCommands;
let settings: string;

beforeEach(() => {
  folder = temporaryFolder();
  settings = join(folder.path, "prod.env");
  writeFileSync(
    settings,
    [
      "KUBEMEND_STAGE=prod",
      "KUBEMEND_REGION=eu-central-1",
      "KUBEMEND_CONFIG=pipeline.yaml",
      "KUBEMEND_ACCESS=eks",
      "KUBEMEND_EKS_NAME=shop",
      "KUBEMEND_EKS_ENDPOINT=https://shop.invalid",
      "KUBEMEND_EKS_CA=LS0t",
      "KUBEMEND_SIGNING=secret",
      "",
    ].join("\n"),
  );
  writeFileSync(join(folder.path, "pipeline.yaml"), "rules: []\n");
  writeFileSync(
    join(folder.path, "values.yaml"),
    "image: { repository: registry.invalid/relay }\n",
  );
  writeFileSync(join(folder.path, "signing-keys"), `${"k".repeat(64)}\n`);
  // `node` is this command itself, in the steps that use it.
  commands = recordCommands(folder.path, ["npm", "aws", "kubectl", "helm", "node"]);
  for (const output of [
    "ChangesQueueUrl",
    "RelayRoleArn",
    "NormalizeRoleArn",
    "RemediateRoleArn",
    "SweepRoleArn",
  ]) {
    commands.answer(`OutputKey=='${output}'`, `the-${output}`);
  }
  commands.answer("config view", "https://shop.invalid");
  commands.answer("list-secrets", "kubemend-prod/signing-keys");
});
afterEach(() => folder[Symbol.dispose]());

/** The command, with an absolute path to the Node that runs it, because `node` is one of the recorded programs. */
async function start(...args: readonly string[]) {
  return kubemend([...args, "--settings", settings, "--context", "c"], commands.environment).ended;
}

/** The calls without the paths and options that they all have; both sides of a pipe run at once, so the writer's come first. */
function calls(): readonly string[] {
  return commands.ran().map((line) =>
    line
      .replaceAll(/ --(region|output|context|kube-context|settings|stack-name) \S+/g, "")
      .replaceAll(/\/\S+\//g, "")
      .replaceAll(/ +/g, " "),
  );
}

const INSTALL = [
  /^kubectl config view --minify/,
  /^npm --prefix \S+ run package --/,
  /^kubectl get customresourcedefinition/,
  /^npm --prefix \S+ run deploy --/,
  /^aws cloudformation .*ChangesQueueUrl/,
  /^aws cloudformation .*RelayRoleArn/,
  /^aws cloudformation .*NormalizeRoleArn/,
  /^aws cloudformation .*RemediateRoleArn/,
  /^aws cloudformation .*SweepRoleArn/,
  /^aws eks list-access-entries .*the-NormalizeRoleArn/,
  /^aws eks create-access-entry --cluster-name shop --principal-arn the-NormalizeRoleArn .*--username kubemend:normalize/,
  /^aws eks list-access-entries .*the-RemediateRoleArn/,
  /^aws eks create-access-entry .*the-RemediateRoleArn .*--username kubemend:remediate/,
  /^aws eks list-access-entries .*the-SweepRoleArn/,
  /^aws eks create-access-entry .*the-SweepRoleArn .*--username kubemend:sweep/,
  /^aws eks list-pod-identity-associations/,
  /^aws eks create-pod-identity-association .*--role-arn the-RelayRoleArn/,
  /^kubectl (create namespace|apply)/,
  /^kubectl (create namespace|apply)/,
  /^aws secretsmanager put-secret-value --secret-id kubemend-prod\/signing-keys/,
  /^kubectl (create secret|apply)/,
  /^kubectl (create secret|apply)/,
  /^(node .*validate .*--chart-values|helm upgrade)/,
  /^(node .*validate .*--chart-values|helm upgrade)/,
  /^node \S*kubemend\.mjs doctor/,
];

function expectCalls(expected: readonly RegExp[]): void {
  expect(calls()).toEqual(expected.map((call) => expect.stringMatching(call)));
}

describe("kubemend deploy", () => {
  it("runs every command in order, and announces each", async () => {
    const { code, stdout, stderr } = await start("deploy");
    expect([code, stdout]).toEqual([0, ""]);
    expectCalls(INSTALL);
    expect(stderr).toContain("[2/18] Pack the functions with the pipeline");
    expect(stderr).toContain("[18/18] Check that everything works together");
    expect(calls().join("\n")).toMatch(
      /helm upgrade --install kubemend .*queueUrl=the-ChangesQueueUrl/,
    );
  });

  it("prints them as a script that does the same, and runs none", async () => {
    const { code, stdout } = await start("deploy", "--plan");
    expect(code).toBe(0);
    expect(commands.ran()).toEqual([]);
    const script = join(folder.path, "deploy.sh");
    writeFileSync(script, stdout);
    await run("sh", [script], { env: { ...process.env, ...commands.environment } });
    expectCalls(INSTALL);
  });

  it("stops at the first step that fails, says how to go on, and goes on from there", async () => {
    commands.answer("run deploy", "", 3);
    const failed = await start("deploy");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /Step 4 of 18 failed \(exit code 3\): Deploy the functions.* with --from 4 it begins with this step/,
    );
    expectCalls(INSTALL.slice(0, 4));
    const before = commands.ran().length;
    const { code } = await start("deploy", "--from", "17");
    expect(code).toBe(0);
    expect(calls().slice(before)).toEqual([
      expect.stringMatching(/^aws cloudformation .*ChangesQueueUrl/),
      ...INSTALL.slice(-3).map((call): unknown => expect.stringMatching(call)),
    ]);
  });

  it("prints only the steps from the one that is named, with the values that they need", async () => {
    const { code, stdout } = await start("deploy", "--plan", "--from", "17");
    expect(code).toBe(0);
    expect(stdout.match(/^# \d+\./gm)).toEqual(["# 5.", "# 17.", "# 18."]);
    expect(stdout).toMatch(/^CHANGES_QUEUE_URL=\$\(aws .*ChangesQueueUrl/m);
  });

  it.each(["deploy", "uninstall"])(
    "%s refuses a step that there is not, even to print it",
    async (command) => {
      const { code, stderr } = await start(command, "--plan", "--from", "99");
      expect(code).toBe(2);
      expect(stderr).toContain("--from is 99: expected the number of a step, 1 to ");
      expect(commands.ran()).toEqual([]);
    },
  );

  it("stops if the stack has no such output", async () => {
    rmSync(join(folder.path, "answers.tsv"));
    writeFileSync(join(folder.path, "answers.tsv"), "");
    commands.answer("config view", "https://shop.invalid");
    const { code, stderr } = await start("deploy");
    expect(code).toBe(1);
    expect(stderr).toContain("Step 5 of 18 failed (it printed nothing): Read ChangesQueueUrl");
  });

  it("updates the definitions of an installation before its functions", async () => {
    commands.answer("get customresourcedefinition", "customresourcedefinition/remediations");
    await start("deploy");
    expect(calls().slice(1, 5)).toEqual([
      expect.stringMatching(/run package/),
      expect.stringMatching(/get customresourcedefinition/),
      expect.stringMatching(/^kubectl apply --server-side --force-conflicts --filename \S*crds$/),
      expect.stringMatching(/run deploy/),
    ]);
  });

  it("deploys nothing if the context is another cluster", async () => {
    const text = readFileSync(settings, "utf8");
    writeFileSync(settings, text.replace("https://shop.invalid", "https://other.invalid"));
    const { code, stderr } = await start("deploy");
    expect(code).toBe(1);
    expect(stderr).toContain(
      "the context is of https://shop.invalid, and KUBEMEND_EKS_ENDPOINT is https://other.invalid",
    );
    expectCalls(INSTALL.slice(0, 1));
  });

  it("deploys nothing if the cluster does not answer", async () => {
    commands.answer("get customresourcedefinition", "", 1);
    const { code, stderr } = await start("deploy");
    expect(code).toBe(1);
    expect(stderr).toContain("Step 3 of 18 failed (exit code 1): Update the definitions");
    expectCalls(INSTALL.slice(0, 3));
  });

  it("does not take an error for an access entry that does not exist", async () => {
    commands.answer("list-access-entries", "", 254);
    const { code, stderr } = await start("deploy");
    expect(code).toBe(1);
    expect(stderr).toContain(
      "Step 10 of 18 failed (exit code 254): Let normalize into the cluster",
    );
  });

  it.each([
    [
      "registry.invalid/relay:0.1.0",
      /image\.repository in .* is registry\.invalid\/relay:0\.1\.0: the tag belongs into image\.tag/,
    ],
    ["REGISTRY/kubemend-relay", /image\.repository in .* is missing/],
  ])("refuses %s as the repository of the image", async (repository, message) => {
    writeFileSync(join(folder.path, "values.yaml"), `image: { repository: "${repository}" }\n`);
    const { code, stderr } = await start("deploy", "--plan");
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it("passes the relay's role to the chart with IRSA, and makes no association", async () => {
    appendFileSync(settings, "KUBEMEND_RELAY_OIDC_PROVIDER=oidc.invalid/id/1\n");
    await start("deploy");
    const all = calls().join("\n");
    expect(all).toMatch(/helm upgrade .*--set-string aws\.roleArn=the-RelayRoleArn/);
    expect(all).not.toContain("pod-identity");
  });

  it("names the step in which it was stopped, and ends as Ctrl-C does", async () => {
    writeFileSync(join(folder.path, "bin", "npm"), "#!/bin/sh\nexec sleep 60\n");
    const args = ["deploy", "--settings", settings, "--context", "c"];
    const running = kubemend(args, commands.environment);
    await new Promise<void>((resolve) => {
      let text = "";
      running.process.stderr?.on("data", (chunk: Buffer) => {
        text += chunk.toString("utf8");
        if (text.includes("[2/18]")) resolve();
      });
    });
    running.process.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([
      130,
      expect.stringContaining("Stopped in step 2 of 18: Pack the functions with the pipeline."),
    ]);
  });

  it("names everything that is missing before the first step", async () => {
    writeFileSync(settings, readFileSync(settings, "utf8").replace("KUBEMEND_EKS_CA=LS0t", ""));
    writeFileSync(join(folder.path, "values.yaml"), 'image: { repository: "" }\n');
    rmSync(join(folder.path, "signing-keys"));
    const { code, stderr } = await start("deploy");
    expect(code).toBe(2);
    expect(stderr.split("\n").slice(0, 3)).toEqual([
      expect.stringContaining("KUBEMEND_EKS_CA is missing"),
      expect.stringMatching(/^image\.repository in .*values\.yaml is missing/),
      expect.stringMatching(/signing-keys does not exist: make it with `kubemend keys new`/),
    ]);
    expect(commands.ran()).toEqual([]);
  });
});

const UNINSTALL = [
  /^helm uninstall kubemend --namespace kubemend/,
  /^aws cloudformation .*NormalizeRoleArn/,
  /^aws cloudformation .*RemediateRoleArn/,
  /^aws cloudformation .*SweepRoleArn/,
  /^aws eks list-pod-identity-associations/,
  /^aws eks list-access-entries .*the-NormalizeRoleArn/,
  /^aws eks list-access-entries .*the-RemediateRoleArn/,
  /^aws eks list-access-entries .*the-SweepRoleArn/,
  /^npm --prefix \S+ run remove --/,
  /^aws secretsmanager list-secrets .*kubemend-prod\/signing-keys/,
  /^aws secretsmanager delete-secret --secret-id kubemend-prod\/signing-keys/,
  /^kubectl delete secret kubemend-signing-keys --namespace kubemend/,
];

describe("kubemend uninstall", () => {
  it("does not take an error for something that is gone", async () => {
    commands.answer("list-access-entries", "", 254);
    const { code, stderr } = await start("uninstall", "--yes");
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed \(exit code 254\): Take the access of normalize/);
  });

  it("takes the access of the functions away", async () => {
    commands.answer("list-access-entries", "found");
    await start("uninstall", "--yes");
    expect(calls().filter((call) => call.includes("delete-access-entry"))).toHaveLength(3);
  });

  it("wants to be confirmed, and does nothing before", async () => {
    const { code, stderr } = await start("uninstall");
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--plan.*--yes/)]);
    expect(commands.ran()).toEqual([]);
  });

  it("removes the relay first, keeps the records, and says what stays", async () => {
    const { code, stderr } = await start("uninstall", "--yes");
    expect(code).toBe(0);
    expectCalls(UNINSTALL);
    expect(stderr).toMatch(/What stays:\n- The definitions of kubemend\.dev and all records/);
  });

  it("deletes records and namespace only with --purge", async () => {
    const { code, stderr } = await start("uninstall", "--yes", "--purge");
    expect(code).toBe(0);
    expectCalls([
      ...UNINSTALL,
      /^kubectl delete --filename \S*crds/,
      /^kubectl delete namespace kubemend/,
    ]);
    expect(stderr).not.toContain("all records in the namespace");
  });

  it("prints a script that does the same, with what stays", async () => {
    const { stdout } = await start("uninstall", "--plan");
    expect(commands.ran()).toEqual([]);
    expect(stdout).toContain("# What stays:");
    const script = join(folder.path, "uninstall.sh");
    writeFileSync(script, stdout);
    await run("sh", [script], { env: { ...process.env, ...commands.environment } });
    expectCalls(UNINSTALL);
  });
});
