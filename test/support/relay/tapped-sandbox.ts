import { join } from "node:path";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { readPipelineFile } from "../../../adapters/pipeline-file.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installAccess } from "../../../sandbox/access/install-access.ts";
import { startSandbox, type Sandbox } from "../../../sandbox/sandbox.ts";
import { startTappedPipeline, type TappedPipeline } from "./tapped-pipeline.ts";

/** A relay, which is not started yet, and all functions, on a real control plane and queues whose traffic is kept. */
export type TappedSandbox = TappedPipeline & { readonly sandbox: Sandbox };

type Setup = {
  /** Where the sandbox keeps its data. */
  readonly folder: string;
  /** Where the relay keeps its state. */
  readonly stateDir: string;
  /** The pipeline file. */
  readonly config: string;
  /** A namespace that is created. */
  readonly namespace: string;
};

/** Everything that is started is stopped by the stack. */
export async function startTappedSandbox(
  stack: AsyncDisposableStack,
  { folder, stateDir, config, namespace }: Setup,
): Promise<TappedSandbox> {
  const sandbox = await startSandbox(
    { dataDir: join(folder, "sandbox"), bare: true },
    () => {},
    new AbortController().signal,
  );
  stack.defer(() => sandbox.stop());
  const kubeconfigs = await grantAccess(sandbox, { folder, config, namespace });
  const setup = { sqs: sandbox.info.sqs, kubeconfigs, config, stateDir };
  return { sandbox, ...(await startTappedPipeline(stack, setup)) };
}

/** Identities with exactly the rights of the pipeline; their kubeconfig files. */
async function grantAccess(
  { kubernetes: client, controlPlane }: Sandbox,
  { folder, config, namespace }: Omit<Setup, "stateDir">,
): ReturnType<typeof installAccess> {
  const read = await readPipelineFile(config);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const discovery = createDiscovery({ client, now: () => performance.now() });
  const catalog = await discovery.catalog(new AbortController().signal);
  return installAccess({
    client,
    dir: join(folder, "access"),
    caFile: controlPlane.caFile,
    crds: listInfraFiles("crds"),
    admission: listInfraFiles("admission"),
    permissions: planPermissions(read.value.pipeline, catalog),
    namespaces: [namespace],
  });
}
