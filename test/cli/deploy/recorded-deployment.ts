import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { kubemend, type Run } from "../../support/host/kubemend.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { recordCommands, type RecordedCommands } from "../setup/record-commands.ts";
import { writePipelineFile, writeStageFile } from "../setup/stage-file.ts";

const run = promisify(execFile);

/** The files of a deployment, and programs that only note how they were called. */
export type RecordedDeployment = Disposable & {
  readonly folder: string;
  /** The settings of the stage. */
  readonly settings: string;
  readonly commands: RecordedCommands;
  /** Starts a command with the settings and a context. */
  readonly start: (...args: readonly string[]) => Run;
  /** Runs a script that `--plan` has printed. */
  readonly runScript: (text: string) => Promise<void>;
  /** The calls without the paths and options that they all have; both sides of a pipe run at once, so the writer's come first. */
  readonly calls: () => readonly string[];
  readonly expectCalls: (expected: readonly RegExp[]) => void;
};

const OUTPUTS = [
  "ChangesQueueUrl",
  "RelayRoleArn",
  "NormalizeRoleArn",
  "RemediateRoleArn",
  "TransferRoleArn",
  "SweepRoleArn",
];

/** A deployment of which nothing is missing, in a temporary folder. */
export function recordDeployment(): RecordedDeployment {
  const folder = temporaryFolder();
  const settings = writeStageFile(folder.path);
  writePipelineFile(folder.path);
  writeFileSync(
    join(folder.path, "values.yaml"),
    "image: { repository: registry.invalid/relay }\n",
  );
  writeFileSync(join(folder.path, "signing-keys"), `${"k".repeat(64)}\n`);
  // `node` is this command itself, in the steps that use it.
  const commands = recordCommands(folder.path, ["npm", "aws", "kubectl", "helm", "node"]);
  for (const output of OUTPUTS) commands.answer(`OutputKey=='${output}'`, `the-${output}`);
  commands.answer("].StackName", "kubemend-prod");
  commands.answer("config view", "https://shop.invalid");
  commands.answer("cluster.endpoint", "https://shop.invalid");
  commands.answer("authenticationMode", "API_AND_CONFIG_MAP");
  commands.answer("list-secrets", "kubemend-prod/signing-keys");
  const calls = (): readonly string[] =>
    commands.ran().map((line) =>
      line
        .replaceAll(/ --(region|output|context|kube-context|settings|stack-name) \S+/g, "")
        .replaceAll(/\/\S+\//g, "")
        .replaceAll(/ +/g, " "),
    );
  return {
    folder: folder.path,
    settings,
    commands,
    // `kubemend` uses an absolute path to Node, because `node` is one of the recorded programs.
    start: (...args) =>
      kubemend([...args, "--settings", settings, "--context", "c"], commands.environment),
    async runScript(text) {
      const script = join(folder.path, "script.sh");
      writeFileSync(script, text);
      await run("sh", [script], { env: { ...process.env, ...commands.environment } });
    },
    calls,
    expectCalls: (expected) =>
      expect(calls()).toEqual(expected.map((call): unknown => expect.stringMatching(call))),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
