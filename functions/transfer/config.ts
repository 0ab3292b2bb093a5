import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import {
  clusterAccess,
  withClusterAccess,
  type ClusterAccessSetting,
} from "../../adapters/lambda/cluster-access.ts";
import { queueUrl, readEnvironment } from "../../adapters/lambda/environment.ts";
import { retryBackoffMaxSeconds } from "../../adapters/lambda/retry-backoff.ts";
import { signingKeys, type SigningKeysSetting } from "../../adapters/signing/setting.ts";

export type TransferConfig = ClusterAccessSetting &
  SigningKeysSetting & {
    /** Pipeline file; default: pipeline.json next to the bundle. Its `clusters` say how the targets are reached. */
    readonly KUBEMEND_PIPELINE: string;
    /** Its own source, FIFO: a comparison continues, and asks for what it has found, through it. */
    readonly KUBEMEND_TRANSFERS_QUEUE_URL: string;
    /** Standard queue of alerts, and that of the wake-ups of their groups. */
    readonly KUBEMEND_ALERTS_QUEUE_URL: string;
    readonly KUBEMEND_WAKEUPS_QUEUE_URL: string;
    /** This function's own dead-letter queue: FIFO, like its source. */
    readonly KUBEMEND_DEAD_LETTER_QUEUE_URL: string;
    /** Namespace of the mirrors' states and of the records; default `kubemend`. */
    readonly KUBEMEND_RECORD_NAMESPACE: string;
    /** Longest backoff before a failed message is retried; default 900 s. */
    readonly KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: number;
  };

const text = v.pipe(v.string(), v.nonEmpty());

const schema: v.GenericSchema<unknown, TransferConfig> = v.object({
  KUBEMEND_CLUSTER_ACCESS: clusterAccess,
  KUBEMEND_SIGNING_KEYS: signingKeys,
  KUBEMEND_PIPELINE: v.optional(text, fileURLToPath(new URL("pipeline.json", import.meta.url))),
  KUBEMEND_TRANSFERS_QUEUE_URL: queueUrl,
  KUBEMEND_ALERTS_QUEUE_URL: queueUrl,
  KUBEMEND_WAKEUPS_QUEUE_URL: queueUrl,
  KUBEMEND_DEAD_LETTER_QUEUE_URL: queueUrl,
  KUBEMEND_RECORD_NAMESPACE: v.optional(text, DEFAULT_RECORD_NAMESPACE),
  KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: retryBackoffMaxSeconds,
});

/** Throws `InvalidConfiguration` naming every variable that is missing or invalid. */
export function readConfig(): TransferConfig {
  return readEnvironment(schema, withClusterAccess(process.env));
}
