import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { findFreePort } from "../../../sandbox/host/free-port.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { startSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";
import { temporaryFolder } from "../host/temporary-folder.ts";
import type { ClusterTools } from "./tools.ts";

const run = promisify(execFile);
const MAX_OUTPUT = 64 * 1024 * 1024;
const STORAGE_CLASS = "by-hand";
/** Volumes that are bound by hand, because the sandbox has no provisioner: two for each of two releases. */
const VOLUMES = 4;

/** A control plane and queues, on which the chart is installed as docs/install-relay.md says. */
export type ChartCluster = {
  readonly sandbox: Sandbox;
  /** The folder in which the commands run: it has the pipeline, the values of the relay, and `infra`. */
  readonly folder: string;
  /** Runs commands of a shell, one after the other, up to one that fails. */
  readonly run: (...commands: readonly string[]) => Promise<string>;
  readonly stop: () => Promise<void>;
};

export async function startChartCluster(
  tools: ClusterTools,
  pipeline: string,
): Promise<ChartCluster> {
  const temporary = temporaryFolder();
  const folder = temporary.path;
  const signal = new AbortController().signal;
  const sandbox = await startSandbox({ dataDir: folder, bare: true }, () => {}, signal);
  const root = findProjectRoot();
  symlinkSync(join(root, "infra"), join(folder, "infra"));
  copyFileSync(pipeline, join(folder, "pipeline.yaml"));
  writeFileSync(join(folder, "relay-values.yaml"), stringify(await toSettings(sandbox)));
  const volumes = Array.from({ length: VOLUMES }, (_, n) => toVolume(`volume-${n}`));
  writeFileSync(join(folder, "volumes.yaml"), volumes.map((one) => stringify(one)).join("---\n"));
  const environment = {
    ...process.env,
    KUBECONFIG: sandbox.info.kubeconfig,
    PATH: [writePrograms(folder, tools), process.env["PATH"]].join(":"),
  };
  const cluster: ChartCluster = {
    sandbox,
    folder,
    async run(...commands) {
      const options = { cwd: folder, env: environment, maxBuffer: MAX_OUTPUT };
      const script = ["set -eo pipefail", ...commands].join("\n");
      return (await run("bash", ["-c", script], options)).stdout;
    },
    async stop() {
      await sandbox.stop();
      temporary[Symbol.dispose]();
    },
  };
  await cluster.run("kubectl apply -f volumes.yaml");
  return cluster;
}

/** The programs that the page names, in a folder for the PATH: `npx kubemend` is the clone's own. */
function writePrograms(folder: string, { kubectl, helm }: ClusterTools): string {
  const programs = join(folder, "programs");
  mkdirSync(programs);
  symlinkSync(kubectl, join(programs, "kubectl"));
  symlinkSync(helm, join(programs, "helm"));
  const command = `"${process.execPath}" "${join(findProjectRoot(), "dist", "kubemend.mjs")}"`;
  const npx = `#!/bin/sh\nshift\nexec ${command} "$@"\n`;
  writeFileSync(join(programs, "npx"), npx, { mode: 0o755 });
  return programs;
}

/** The commands under a heading of a page: the lines that are indented by four spaces. */
export function readCommands(page: string, heading: string): readonly string[] {
  const text = readFileSync(join(findProjectRoot(), page), "utf8");
  const [, section = ""] = text.split(`\n## ${heading}\n`);
  const [commands = ""] = section.split("\n## ");
  const lines = commands.split("\n").filter((line) => line.startsWith("    "));
  if (lines.length === 0) throw new Error(`${page} has no commands under "${heading}"`);
  return lines.map((line) => line.trim());
}

function toVolume(name: string): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: STORAGE_CLASS,
      hostPath: { path: `/${name}` },
    },
  };
}

/** The settings of a relay that runs on this machine and sends to the sandbox's queue. */
async function toSettings({ info: { sqs } }: Sandbox): Promise<object> {
  return {
    image: { repository: "registry.example.com/kubemend-relay" },
    queueUrl: sqs.queues["changes"],
    aws: { region: sqs.region },
    signingKeys: { secretName: "kubemend-signing-keys" },
    persistence: { storageClass: STORAGE_CLASS },
    listenAddress: "127.0.0.1",
    port: await findFreePort(),
    extraEnv: [
      { name: "AWS_ENDPOINT_URL_SQS", value: sqs.endpoint },
      { name: "AWS_ACCESS_KEY_ID", value: "sandbox" },
      { name: "AWS_SECRET_ACCESS_KEY", value: "sandbox" },
    ],
  };
}
