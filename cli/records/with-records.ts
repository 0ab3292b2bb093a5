import type { Command } from "commander";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import {
  createRecordStore,
  type RecordStore,
} from "../../adapters/kubernetes/remediation/records.ts";
import { DEFAULT_RECORD_NAMESPACE, RECORD_RESOURCE } from "../../events/remediation.ts";
import { unlessStopped } from "../terminal/stop-signal.ts";
import { toMissingRight, type NamedCommand } from "./missing-right.ts";

export type RecordsOptions = {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace: string;
};

/** Adds the options of every command about records and guards: the cluster, and the namespace in it. */
export function addRecordsOptions(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "kubeconfig file (default: as kubectl finds it)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace of the records", DEFAULT_RECORD_NAMESPACE);
}

/** A command about records: its name, and the verbs on records that it needs. */
export type RecordsCommand = { readonly name: string; readonly verbs: readonly string[] };

/** `withCluster` for a command that works with records alone. */
export async function withRecords(
  options: RecordsOptions,
  { name, verbs }: RecordsCommand,
  work: (records: RecordStore, client: KubernetesClient) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { namespace } = options;
  const command = { name, rights: [{ resource: RECORD_RESOURCE, verbs }] };
  await withCluster(
    options,
    command,
    (client) => work(createRecordStore({ client, namespace }), client),
    signal,
  );
}

/**
 * Connects to the cluster that the options name, and closes the connection afterwards. Rejects with the signal's reason as soon as it
 * aborts. If the cluster refuses access to what the command works with, the error names the rights that the command needs.
 */
export async function withCluster(
  options: RecordsOptions,
  command: NamedCommand,
  work: (client: KubernetesClient) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { kubeconfig, context, namespace } = options;
  const client = await connectKubeConfig({ context, kubeconfig });
  try {
    await unlessStopped(work(client), signal);
  } catch (error) {
    throw toMissingRight(error, command, namespace);
  } finally {
    await client.close();
  }
}
