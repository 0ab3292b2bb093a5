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

export type NormalizeConfig = ClusterAccessSetting &
  SigningKeysSetting & {
    /** Pipeline file; default: pipeline.json next to the bundle, packed with it so that code and rules change together. */
    readonly KUBEMEND_PIPELINE: string;
    /** Queue of requests: FIFO. */
    readonly KUBEMEND_REMEDIATIONS_QUEUE_URL: string;
    readonly KUBEMEND_ALERTS_QUEUE_URL: string;
    /** Queue of wake-ups for waiting records: standard. */
    readonly KUBEMEND_WAKEUPS_QUEUE_URL: string;
    /** Queue of transfers, for mirrors: FIFO. */
    readonly KUBEMEND_TRANSFERS_QUEUE_URL: string;
    /** Namespace of the groups of alerts; default `kubemend`. */
    readonly KUBEMEND_RECORD_NAMESPACE: string;
    /** This function's own dead-letter queue: FIFO, like its source. */
    readonly KUBEMEND_DEAD_LETTER_QUEUE_URL: string;
    /** Longest backoff before a failed message is retried; default 900 s, so that 60 receives cover an outage of 12 h. */
    readonly KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: number;
  };

const text = v.pipe(v.string(), v.nonEmpty());

const schema: v.GenericSchema<unknown, NormalizeConfig> = v.object({
  KUBEMEND_CLUSTER_ACCESS: clusterAccess,
  KUBEMEND_SIGNING_KEYS: signingKeys,
  KUBEMEND_PIPELINE: v.optional(text, fileURLToPath(new URL("pipeline.json", import.meta.url))),
  KUBEMEND_REMEDIATIONS_QUEUE_URL: queueUrl,
  KUBEMEND_ALERTS_QUEUE_URL: queueUrl,
  KUBEMEND_WAKEUPS_QUEUE_URL: queueUrl,
  KUBEMEND_TRANSFERS_QUEUE_URL: queueUrl,
  KUBEMEND_DEAD_LETTER_QUEUE_URL: queueUrl,
  KUBEMEND_RECORD_NAMESPACE: v.optional(text, DEFAULT_RECORD_NAMESPACE),
  KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: retryBackoffMaxSeconds,
});

/** Throws `InvalidConfiguration` naming every variable that is missing or invalid. The SDK reads region and endpoint itself. */
export function readConfig(): NormalizeConfig {
  return readEnvironment(schema, withClusterAccess(process.env));
}
