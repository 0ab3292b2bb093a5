import type { Command } from "commander";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import {
  createRecordStore,
  type RecordStore,
} from "../../adapters/kubernetes/remediation/records.ts";
import { isKubemendError, KubemendError } from "../../core/errors.ts";
import {
  DEFAULT_RECORD_NAMESPACE,
  RECORD_GROUP,
  RECORD_RESOURCE,
} from "../../events/remediation.ts";
import { unlessStopped } from "../terminal/stop-signal.ts";

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

/** A command about records: its name, and the verbs on records that it needs. */
export type RecordsCommand = { readonly name: string; readonly verbs: readonly string[] };

/**
 * Connects to the records of the cluster that the options name, and closes the connection afterwards. Rejects with the signal's
 * reason as soon as it aborts. If the cluster refuses access to the records, the error names the right that the command needs.
 */
export async function withRecords(
  options: RecordsOptions,
  command: RecordsCommand,
  work: (records: RecordStore, client: KubernetesClient) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { kubeconfig, context, namespace } = options;
  const client = await connectKubeConfig({ context, kubeconfig });
  try {
    await unlessStopped(work(createRecordStore({ client, namespace }), client), signal);
  } catch (error) {
    throw isKubemendError(error, "Forbidden") && isAboutRecords(error)
      ? toMissingRight(error, command, namespace)
      : error;
  } finally {
    await client.close();
  }
}

/** The API server names the resource: `remediations.kubemend.dev is forbidden`, or `remediations.kubemend.dev "NAME" is forbidden`. */
function isAboutRecords({ message }: KubemendError): boolean {
  return message.includes(`${RECORD_RESOURCE}.${RECORD_GROUP}`);
}

function toMissingRight(
  error: KubemendError,
  { name, verbs }: RecordsCommand,
  namespace: string,
): KubemendError {
  const rule = `{apiGroups: ["${RECORD_GROUP}"], resources: ["${RECORD_RESOURCE}"], verbs: ${JSON.stringify(verbs)}}`;
  return new KubemendError(
    "Forbidden",
    `kubemend ${name} needs this right in the namespace ${namespace}: ${rule}. Ask for a Role with it, or use another --context. The API server said: ${error.brief ?? error.message}`,
    { retryable: false, status: 403, cause: error },
  );
}
