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

/** The function's settings. */
export type RemediateConfig = ClusterAccessSetting & {
  /** Path of the pipeline; default `pipeline.json` beside the bundle, where packaging puts it. */
  readonly KUBEMEND_PIPELINE: string;
  /** Where alerts go. */
  readonly KUBEMEND_ALERTS_QUEUE_URL: string;
  /** Where wake-ups go: a standard queue. */
  readonly KUBEMEND_WAKEUPS_QUEUE_URL: string;
  /** Where requests go that are not ours: FIFO, as their source is. */
  readonly KUBEMEND_DEAD_LETTER_QUEUE_URL: string;
  /** Where wake-ups go that are not ours. */
  readonly KUBEMEND_WAKEUPS_DEAD_LETTER_QUEUE_URL: string;
  /** Namespace of the records; default `kubemend`. */
  readonly KUBEMEND_RECORD_NAMESPACE: string;
  /** Longest pause before a message that failed comes again; default 900 s, so that 60 receives last for 12 h of outage. */
  readonly KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: number;
};

const path = v.pipe(v.string(), v.nonEmpty());
const namespace = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "expected the name of a namespace"),
);

const schema: v.GenericSchema<unknown, RemediateConfig> = v.object({
  KUBEMEND_CLUSTER_ACCESS: clusterAccess,
  KUBEMEND_PIPELINE: v.optional(path, fileURLToPath(new URL("pipeline.json", import.meta.url))),
  KUBEMEND_ALERTS_QUEUE_URL: queueUrl,
  KUBEMEND_WAKEUPS_QUEUE_URL: queueUrl,
  KUBEMEND_DEAD_LETTER_QUEUE_URL: queueUrl,
  KUBEMEND_WAKEUPS_DEAD_LETTER_QUEUE_URL: queueUrl,
  KUBEMEND_RECORD_NAMESPACE: v.optional(namespace, DEFAULT_RECORD_NAMESPACE),
  KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: retryBackoffMaxSeconds,
});

/** Reads the settings from the environment, once; throws `InvalidConfiguration` naming each variable at fault. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RemediateConfig {
  return readEnvironment(schema, withClusterAccess(environment));
}
