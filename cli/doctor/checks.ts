import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { createDiscovery } from "../../adapters/kubernetes/api/discovery.ts";
import { readClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { isKubemendError } from "../../core/errors.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { viewFromUid } from "../../core/pipeline/source-view.ts";
import { readPackageInput } from "../../infra/build/package-input.ts";
import { findProjectRoot } from "../../sandbox/host/project-root.ts";
import type { SandboxState } from "../../sandbox/state-file.ts";
import { toUserName, type Stage } from "../setup/stage.ts";
import { createReadAws, type ReadAws } from "./aws.ts";
import { checkApiServer, checkEndpoint } from "./check-api-server.ts";
import { checkInstallation, checkStackFunctions } from "./check-installation.ts";
import { checkQueues, checkRoundTrip } from "./check-queues.ts";
import { checkReceivers, NO_STAGE } from "./check-receivers.ts";
import { checkLease, compareDigests, readRelayDigest } from "./check-relay.ts";
import {
  checkDefinitions,
  checkNamespaces,
  checkPolicies,
  checkResources,
} from "./check-resources.ts";
import { checkRights } from "./check-rights.ts";
import { ofCluster } from "./of-cluster.ts";
import { failed, passed, runCheck, skipped, type Check, type Finding } from "./finding.ts";
import { readStackDigest } from "./read-stack.ts";
import { openAwsQueues, openSandboxQueues, type QueueSource } from "./queue-source.ts";

/** What is looked at. */
export type Target = {
  /** Or why there is none. */
  readonly client: KubernetesClient | { readonly unknown: string };
  readonly pipeline: Pipeline;
  readonly stage: Stage | undefined;
  readonly sandbox: SandboxState | undefined;
  /** Of the sandbox's sides. */
  readonly digests: Readonly<Record<"relay" | "functions", string | undefined>> | undefined;
  readonly send: boolean;
};

const DEFAULT_NAMESPACE = "kubemend";
const ENDPOINT = "cluster";

/** Every check in turn, so that what has been found is shown while the next one runs. */
export async function* runChecks(target: Target, signal: AbortSignal): AsyncGenerator<Finding> {
  const { pipeline, stage, sandbox } = target;
  let { client } = target;
  if (stage !== undefined) yield* checkSettings(stage);
  const namespace = stage?.namespace ?? DEFAULT_NAMESPACE;
  const aws = stage === undefined ? undefined : createReadAws(stage, signal);
  for (const [name, check] of toClusterChecks(target, namespace)) {
    if ("unknown" in client) {
      yield skipped(name, client.unknown);
      continue;
    }
    const { findings, unknown } = await lookAt(client, name, check, signal);
    yield* findings;
    if (unknown !== undefined) client = { unknown };
  }
  const reached = { ...target, client };
  if (aws !== undefined && stage !== undefined) {
    // The relay of a sandbox is a process of this machine.
    const relayClient = sandbox === undefined ? client : undefined;
    yield* await checkInstallation(stage, { aws, client: relayClient }, signal);
  }
  using queues = sandbox === undefined ? undefined : openSandboxQueues(sandbox);
  const source = queues ?? toAwsQueues(aws, stage);
  yield* await checkAllQueues(reached, source, namespace, signal);
  yield* await runCheck("functions", checkDeployed(target, aws, signal), signal);
  yield* await runCheck("receivers", checkReceivers(pipeline, aws), signal);
  yield* await runCheck("pipeline", (stop) => checkDigests(reached, aws, namespace, stop), signal);
}

/** One check of the cluster. `unknown`: the reason why none of the others would say anything about the stage's cluster. */
async function lookAt(
  client: KubernetesClient,
  name: string,
  check: (client: KubernetesClient) => Check,
  signal: AbortSignal,
): Promise<{ readonly findings: readonly Finding[]; readonly unknown?: string }> {
  let isAway = false;
  const look: Check = async (stop) => {
    try {
      return await check(client)(stop);
    } catch (error) {
      isAway = isKubemendError(error, "Unreachable");
      throw error;
    }
  };
  const findings = await runCheck(name, look, signal);
  if (isAway) return { findings, unknown: "the API server cannot be reached" };
  const isOther = name === ENDPOINT && findings.some(({ outcome }) => outcome === "failed");
  return isOther ? { findings, unknown: "the context is another cluster" } : { findings };
}

function toClusterChecks(
  { pipeline, stage }: Target,
  namespace: string,
): readonly (readonly [name: string, check: (client: KubernetesClient) => Check])[] {
  // Settings of a stage may be those of another cluster.
  const endpoint = stage?.clusterEndpoint;
  return [
    ...(stage === undefined
      ? []
      : [
          [ENDPOINT, (client: KubernetesClient) => checkEndpoint(client.server, endpoint)] as const,
        ]),
    ["API server", (client) => checkApiServer(client, () => Date.now())],
    [
      "resources",
      (client) =>
        ofCluster(client, pipeline, (view) =>
          checkResources(createDiscovery({ client, now: () => performance.now() }), view),
        ),
    ],
    [
      "namespaces",
      (client) => ofCluster(client, pipeline, (view) => checkNamespaces(client, view)),
    ],
    ["definitions", (client) => checkDefinitions(client, findProjectRoot())],
    ["policies", checkPolicies],
    [
      "rights",
      (client) =>
        ofCluster(client, pipeline, (view) =>
          checkRights(client, view, {
            namespace,
            toUser: (part) => toUser(part, namespace, stage),
          }),
        ),
    ],
    ["relay's Lease", (client) => checkLease(client, namespace)],
  ];
}

/** Whether the settings are whole; `readStage` has read their names alone. */
function checkSettings({ file }: Stage): readonly Finding[] {
  const check = "settings";
  const input = readPackageInput(["--settings", file], process.env, process.cwd());
  if (input.ok) return [passed(check, "complete, and in the form that they must have")];
  return input.error.map((fault) => failed(check, fault, `correct it in ${file}`));
}

/** The identity of a part in the cluster: docs/access.md. */
function toUser(part: string, namespace: string, stage: Stage | undefined): string {
  const isUser = stage?.access.startsWith("eks") === true && part !== "relay";
  return isUser ? toUserName(stage, part) : `system:serviceaccount:${namespace}:kubemend-${part}`;
}

function toAwsQueues(aws: ReadAws | undefined, stage: Stage | undefined): QueueSource | undefined {
  return aws === undefined || stage === undefined ? undefined : openAwsQueues(aws, stage.prefix);
}

async function checkAllQueues(
  { client, pipeline, send }: Target,
  source: QueueSource | undefined,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (source === undefined) {
    return [skipped("queues", `${NO_STAGE}, and the cluster is no running sandbox`)];
  }
  const found = await runCheck("queues", checkQueues(source, findProjectRoot()), signal);
  if (!send) return [...found, skipped("round trip", "--send sends a test wake-up")];
  if ("unknown" in client) return [...found, skipped("round trip", client.unknown)];
  const trip: Check = async (stop) => {
    const uid = await readClusterUid(client, stop);
    const cluster = { name: viewFromUid(pipeline, uid).cluster.name, uid };
    return checkRoundTrip(source, cluster, { namespace })(stop);
  };
  return [...found, ...(await runCheck("round trip", trip, signal))];
}

function checkDeployed(
  { stage, sandbox }: Target,
  aws: ReadAws | undefined,
  signal: AbortSignal,
): Check {
  if (stage === undefined || aws === undefined) {
    const why =
      sandbox === undefined ? NO_STAGE : "those of a sandbox are processes of this machine";
    return async () => [skipped("functions", why)];
  }
  return checkStackFunctions(stage, aws, signal);
}

async function checkDigests(
  { client, pipeline, digests, stage }: Target,
  aws: ReadAws | undefined,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const deployed =
    "unknown" in client ? undefined : () => readRelayDigest(client, namespace, signal);
  const relay = digests?.relay ?? (await deployed?.());
  const functions = digests?.functions ?? (await deployedDigest(aws, stage));
  return compareDigests(pipeline.digest, { relay, functions });
}

async function deployedDigest(
  aws: ReadAws | undefined,
  stage: Stage | undefined,
): Promise<string | undefined> {
  return aws === undefined || stage === undefined ? undefined : readStackDigest(aws, stage.prefix);
}
