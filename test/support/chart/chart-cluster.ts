import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { parsePipelineText } from "../../../adapters/pipeline-file.ts";
import { toChartValues } from "../../../cli/validate/to-chart-values.ts";
import { findFreePort } from "../../../sandbox/host/free-port.ts";
import { startSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";
import { toFlags } from "./chart.ts";
import type { ClusterTools } from "./tools.ts";

const run = promisify(execFile);
const MAX_OUTPUT = 64 * 1024 * 1024;
const STORAGE_CLASS = "by-hand";
/** Volumes that are bound by hand, because the sandbox has no provisioner: two for each of two releases. */
const VOLUMES = 4;

/** A control plane and queues, on which the chart is installed with helm. */
export type ChartCluster = {
  readonly sandbox: Sandbox;
  readonly dataDir: string;
  readonly kubectl: (args: readonly string[]) => Promise<string>;
  readonly helm: (args: readonly string[]) => Promise<string>;
  /** Flags of a release in a namespace of its own, with the pipeline. Each call takes another port. */
  readonly release: (
    name: string,
    namespace: string,
    set?: readonly string[],
  ) => Promise<readonly string[]>;
  /** Applies an object, or several. */
  readonly apply: (...objects: readonly object[]) => Promise<void>;
  readonly stop: () => Promise<void>;
};

export async function startChartCluster(
  tools: ClusterTools,
  pipeline: string,
): Promise<ChartCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), "kubemend-chart-"));
  const signal = new AbortController().signal;
  const sandbox = await startSandbox({ dataDir, bare: true }, () => {}, signal);
  const environment = { ...process.env, KUBECONFIG: sandbox.info.kubeconfig };
  const call = async (program: string, args: readonly string[]): Promise<string> => {
    const options = { env: environment, maxBuffer: MAX_OUTPUT };
    return (await run(program, args, options)).stdout;
  };
  const kubectl: ChartCluster["kubectl"] = (args) => call(tools.kubectl, args);
  const apply: ChartCluster["apply"] = async (...objects) => {
    const file = join(dataDir, "objects.json");
    const list = { apiVersion: "v1", kind: "List", items: objects };
    writeFileSync(file, JSON.stringify(list));
    await kubectl(["apply", "--server-side", "-f", file]);
  };
  await apply(...Array.from({ length: VOLUMES }, (_, n) => toVolume(`volume-${n}`)));
  return {
    sandbox,
    dataDir,
    kubectl,
    apply,
    helm: (args) => call(tools.helm, args),
    async release(name, namespace, set = []) {
      const file = join(dataDir, `${namespace}.yaml`);
      const values = join(dataDir, `${namespace}-settings.yaml`);
      writeFileSync(file, toPipelineValues(pipeline, namespace));
      writeFileSync(values, stringify(await toSettings(sandbox)));
      return toFlags({ helm: tools.helm, release: name, namespace, files: [file, values], set });
    },
    async stop() {
      await sandbox.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A namespace in which only Pods run that keep Kubernetes' restricted profile. */
export function toRestrictedNamespace(name: string): object {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** Keys as `openssl rand -hex 32` makes them, in the Secret that the chart is told of. */
export function toSigningSecret(namespace: string, keys: string): object {
  const metadata = { name: "kubemend-signing-keys", namespace };
  const data = { keys: Buffer.from(keys).toString("base64") };
  return { apiVersion: "v1", kind: "Secret", metadata, data };
}

export const createSigningKeys = (): string => `${randomBytes(32).toString("hex")}\n`;

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

function toPipelineValues(path: string, namespace: string): string {
  const file = parsePipelineText(readFileSync(path, "utf8"));
  if (!file.ok) throw new Error(JSON.stringify(file.error));
  return toChartValues(file.value, namespace);
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
