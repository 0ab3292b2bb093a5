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

/** The function's settings. */
export type RemediateConfig = ClusterAccessSetting &
  SigningKeysSetting & {
    /** Path of the pipeline; default `pipeline.json` next to the bundle, where packaging puts it. */
    readonly KUBEMEND_PIPELINE: string;
    /** Queue of alerts: standard. */
    readonly KUBEMEND_ALERTS_QUEUE_URL: string;
    /** Queue of wake-ups: standard. */
    readonly KUBEMEND_WAKEUPS_QUEUE_URL: string;
    /** Dead-letter queue of requests: FIFO, like their source. */
    readonly KUBEMEND_DEAD_LETTER_QUEUE_URL: string;
    /** Dead-letter queue of wake-ups: standard. */
    readonly KUBEMEND_WAKEUPS_DEAD_LETTER_QUEUE_URL: string;
    /** Namespace of the records; default `kubemend`. */
    readonly KUBEMEND_RECORD_NAMESPACE: string;
    /** Longest backoff before a failed message is retried; default 900 s, so that 60 receives cover an outage of 12 h. */
    readonly KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: number;
  };

const path = v.pipe(v.string(), v.nonEmpty());
const namespace = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "expected the name of a namespace"),
);

const schema: v.GenericSchema<unknown, RemediateConfig> = v.object({
  KUBEMEND_CLUSTER_ACCESS: clusterAccess,
  KUBEMEND_SIGNING_KEYS: signingKeys,
  KUBEMEND_PIPELINE: v.optional(path, fileURLToPath(new URL("pipeline.json", import.meta.url))),
  KUBEMEND_ALERTS_QUEUE_URL: queueUrl,
  KUBEMEND_WAKEUPS_QUEUE_URL: queueUrl,
  KUBEMEND_DEAD_LETTER_QUEUE_URL: queueUrl,
  KUBEMEND_WAKEUPS_DEAD_LETTER_QUEUE_URL: queueUrl,
  KUBEMEND_RECORD_NAMESPACE: v.optional(namespace, DEFAULT_RECORD_NAMESPACE),
  KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: retryBackoffMaxSeconds,
});

/** Throws `InvalidConfiguration` naming every variable that is missing or invalid. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RemediateConfig {
  return readEnvironment(schema, withClusterAccess(environment));
}
