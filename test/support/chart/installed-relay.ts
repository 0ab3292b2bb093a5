import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { writeKubeconfig } from "../../../sandbox/control-plane/kubeconfig.ts";
import { startChild, type Child } from "../../../sandbox/host/child.ts";
import { poll } from "../../../sandbox/host/poll.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import type { RelayProcess } from "../../../sandbox/pipeline/relay-process.ts";

/** The programs of the image, and their places on this machine. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "/nodejs/bin/node": process.execPath,
  "/app/relay.mjs": join(findProjectRoot(), "dist", "relay.mjs"),
};

type Named = { readonly name: string };
type Volume = Named & {
  readonly configMap?: Named;
  readonly secret?: { readonly secretName: string };
};
type StatefulSet = {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly volumes: readonly Volume[];
        readonly containers: readonly [
          {
            readonly command: readonly string[];
            readonly args: readonly string[];
            readonly env: readonly (Named & { readonly value: string })[];
            readonly volumeMounts: readonly (Named & { readonly mountPath: string })[];
          },
        ];
      };
    };
  };
};

export type InstalledRelay = RelayProcess & {
  /** The sum of a metric's values; 0 if it has none. */
  readonly metric: (name: string) => Promise<number>;
};

/**
 * The relay of an installed chart as a process on this machine: command, arguments, environment, files and token are those of its
 * StatefulSet and ServiceAccount. What a container has and a process lacks is replaced: paths, and the way to the API server.
 */
export async function takeInstalledRelay(options: {
  readonly kubernetes: KubernetesClient;
  readonly caFile: string;
  readonly namespace: string;
  /** Takes the place of the container's file system. */
  readonly folder: string;
}): Promise<InstalledRelay> {
  const { kubernetes, namespace, folder } = options;
  const get = <T>(path: string): Promise<T> => kubernetes.request<T>({ method: "GET", path });
  const { spec } = await get<StatefulSet>(
    `/apis/apps/v1/namespaces/${namespace}/statefulsets/kubemend-relay`,
  );
  const { serviceAccountName, volumes, containers } = spec.template.spec;
  const [{ command, args, env, volumeMounts }] = containers;
  for (const { name, mountPath } of volumeMounts) {
    mkdirSync(join(folder, mountPath), { recursive: true });
    const volume = volumes.find((one) => one.name === name);
    const files = await readFiles(volume, `/api/v1/namespaces/${namespace}`, get);
    for (const [file, text] of files) writeFileSync(join(folder, mountPath, file), text);
  }
  const toHost = (text: string): string => {
    const mount = volumeMounts.find(({ mountPath }) => text.includes(`=${mountPath}/`));
    return mount === undefined ? text : text.replace("=", `=${folder}`);
  };
  const [program, ...rest] = [...command, ...args].map((text) => PROGRAMS[text] ?? toHost(text));
  if (program !== process.execPath) throw new Error(`unknown program: ${command.join(" ")}`);
  const kubeconfig = join(folder, "kubeconfig");
  writeKubeconfig(kubeconfig, {
    server: kubernetes.server,
    ca: readFileSync(options.caFile, "utf8"),
    token: await requestToken(kubernetes, namespace, serviceAccountName),
    user: serviceAccountName,
  });
  const variables = env.map(({ name, value }) => [name, value] as const);
  const address = args.find((text) => text.startsWith("--listen="))?.replace("--listen=", "") ?? "";
  return createProcess(rest, { ...Object.fromEntries(variables), KUBECONFIG: kubeconfig }, address);
}

async function readFiles(
  volume: Volume | undefined,
  path: string,
  get: <T>(path: string) => Promise<T>,
): Promise<readonly (readonly [string, string | Buffer])[]> {
  type Data = { readonly data: Readonly<Record<string, string>> };
  if (volume?.configMap) {
    const { data } = await get<Data>(`${path}/configmaps/${volume.configMap.name}`);
    return Object.entries(data);
  }
  if (volume?.secret) {
    const { data } = await get<Data>(`${path}/secrets/${volume.secret.secretName}`);
    return Object.entries(data).map(([file, text]) => [file, Buffer.from(text, "base64")]);
  }
  return [];
}

async function requestToken(
  kubernetes: KubernetesClient,
  namespace: string,
  account: string,
): Promise<string> {
  const { status } = await kubernetes.request<{ readonly status: { readonly token: string } }>({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  });
  return status.token;
}

function createProcess(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  address: string,
): InstalledRelay {
  let child: Child | undefined;
  const lines: string[] = [];
  const broken = (): string | undefined =>
    child?.running() === false ? `The relay exited unexpectedly: ${lines.join("\n")}` : undefined;
  const ask = (path: string): Promise<Response | undefined> =>
    fetch(`http://${address}${path}`).catch(() => undefined);
  return {
    broken,
    async start() {
      child = startChild({ name: "relay", args, environment, onLine: (line) => lines.push(line) });
      await poll({
        intervalMs: 50,
        timeoutMs: 60_000,
        toTimeout: () => new Error(`The relay is not ready: ${lines.join("\n")}`),
        async ask() {
          const problem = broken();
          if (problem !== undefined) throw new Error(problem);
          return (await ask("/readyz"))?.ok === true ? true : undefined;
        },
      });
    },
    signal: (signal) => child?.signal(signal),
    async kill() {
      await child?.kill();
      child = undefined;
    },
    async stop() {
      await child?.stop();
      child = undefined;
    },
    async metric(name) {
      const text = (await (await ask("/metrics"))?.text()) ?? "";
      const values = text.split("\n").filter((line) => line.startsWith(`${name}{`));
      return values.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    },
  };
}
