import type { Command } from "commander";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import {
  createRecordStore,
  type RecordStore,
} from "../../adapters/kubernetes/remediation/records.ts";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";

export type RecordsOptions = {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace: string;
};

/** Adds the options of every command about records: the cluster, and the namespace in it. */
export function addRecordsOptions(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "kubeconfig file (default: as kubectl finds it)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace of the records", DEFAULT_RECORD_NAMESPACE);
}

/** Connects to the records of the cluster that the options name, and closes the connection afterwards. */
export async function withRecords(
  options: RecordsOptions,
  work: (records: RecordStore, client: KubernetesClient) => Promise<void>,
): Promise<void> {
  const { kubeconfig, context, namespace } = options;
  const client = await connectKubeConfig({ context, kubeconfig });
  try {
    await work(createRecordStore({ client, namespace }), client);
  } finally {
    await client.close();
  }
}
