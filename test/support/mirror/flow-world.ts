import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import {
  createMirrorStore,
  type MirrorStore,
} from "../../../adapters/kubernetes/mirror/mirror-store.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planTargetPermissions } from "../../../core/pipeline/rights/mirror-rights.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import type { MirrorSpec, MirrorStatus } from "../../../events/mirrors/mirror.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installAccess } from "../../../sandbox/access/install-access.ts";
import { startQueues } from "../../../sandbox/queues/queues.ts";
import {
  startTappedPipeline,
  withFrequentSweeps,
  type TappedPipeline,
} from "../relay/tapped-pipeline.ts";
import { startMirrorWorld, TARGET, type Json, type MirrorWorld } from "./mirror-world.ts";

/** Relay, queues and functions that mirror from one API server to another, with no more than their rights in both. */
export type FlowWorld = MirrorWorld &
  TappedPipeline & {
    /** Messages in a queue, those included that a function has and those that wait for a retry. */
    readonly countMessages: (queue: string) => Promise<number>;
    /** Kills the target's API server with SIGKILL. */
    readonly killTarget: () => Promise<void>;
    /** Starts it again. */
    readonly reviveTarget: () => Promise<void>;
    /**
     * Lets time pass for the mirror of a rule: moves the times that are stored in its status into the past, with the rights of transfer, and
     * has transfer start with a new process, which remembers no other ones.
     */
    readonly letPass: (rule: string, ms: number) => Promise<void>;
    readonly readMirror: (rule: string) => Promise<MirrorStatus | undefined>;
  };

/** Everything that is started is stopped by the stack. The relay is not started yet. */
export async function startFlowWorld(
  stack: AsyncDisposableStack,
  { rules }: { readonly rules: readonly Json[] },
): Promise<FlowWorld> {
  const world = stack.use(await startMirrorWorld());
  const { folder } = world;
  const accessOfTarget = join(folder, "access-of-target");
  const kubeconfig = join(accessOfTarget, "transfer.kubeconfig");
  const document = {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: [{ name: TARGET, access: { kubeconfig } }],
    rules,
  };
  const kubeconfigs = await grantRights(world, document, accessOfTarget);
  const config = join(folder, "pipeline.json");
  writeFileSync(config, JSON.stringify(document));
  const sqs = await startQueues();
  stack.defer(() => sqs.stop());
  const stateDir = join(folder, "relay-state");
  const pipeline = await startTappedPipeline(stack, {
    sqs,
    kubeconfigs,
    config,
    stateDir,
    toSettings: withFrequentSweeps,
  });
  const { target } = world.controlPlanes;
  return {
    ...world,
    ...pipeline,
    countMessages: (queue) => countMessages(pipeline, queue),
    killTarget: () => target.stopProcess("kube-apiserver", 0),
    reviveTarget: () => target.startProcess("kube-apiserver"),
    async letPass(rule, ms) {
      await ageMirror(kubeconfigs["transfer"] ?? "", toSpec(world, rule), ms);
      await pipeline.functions.get("transfer")?.recycle();
    },
    readMirror: (rule) => toStore(world.source).read(toSpec(world, rule), signal),
  };
}

const { signal } = new AbortController();

const toSpec = ({ clusterUid }: MirrorWorld, rule: string): MirrorSpec => ({
  cluster: { name: "prod", uid: clusterUid },
  rule,
  target: TARGET,
});

const toStore = (client: KubernetesClient): MirrorStore =>
  createMirrorStore({ client, namespace: "kubemend" });

async function ageMirror(kubeconfig: string, spec: MirrorSpec, ms: number): Promise<void> {
  const client = await connectKubeConfig({ kubeconfig });
  try {
    await toStore(client).change(
      spec,
      (status) => {
        if (status === undefined) throw new Error(`${spec.rule} has no status yet`);
        return { outcome: "write", status: toAged(status, ms), answer: undefined };
      },
      signal,
    );
  } finally {
    await client.close();
  }
}

/** The status as it would be if everything in it had happened earlier. */
function toAged(status: MirrorStatus, ms: number): MirrorStatus {
  const isTime = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
  return JSON.parse(JSON.stringify(status), (_, value: unknown) =>
    typeof value === "string" && isTime.test(value)
      ? new Date(Date.parse(value) - ms).toISOString()
      : value,
  ) as MirrorStatus;
}

/** The kubeconfig files of the identities in the source. */
async function grantRights(
  { source, target, controlPlanes, folder }: MirrorWorld,
  document: unknown,
  accessOfTarget: string,
): Promise<Readonly<Record<string, string>>> {
  const parsed = parsePipeline(document);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const catalog = builtinCatalog();
  const [there] = planTargetPermissions(parsed.value, catalog);
  await installAccess({
    client: target,
    caFile: controlPlanes.target.caFile,
    dir: accessOfTarget,
    permissions: { transfer: there?.transfer ?? [] },
    crds: [],
  });
  return installAccess({
    client: source,
    caFile: controlPlanes.source.caFile,
    dir: join(folder, "access"),
    permissions: planPermissions(parsed.value, catalog),
    crds: [],
    admission: listInfraFiles("admission"),
  });
}

const COUNTS = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

async function countMessages(
  { queueClient, queues }: TappedPipeline,
  queue: string,
): Promise<number> {
  const command = new GetQueueAttributesCommand({
    QueueUrl: queues[queue],
    AttributeNames: [...COUNTS],
  });
  const { Attributes = {} } = await queueClient.send(command);
  return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}
