import * as v from "valibot";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import {
  clusterAccess,
  withClusterAccess,
  type ClusterAccessSetting,
} from "../../adapters/lambda/cluster-access.ts";
import { queueUrl, readEnvironment } from "../../adapters/lambda/environment.ts";

/** The function's settings. */
export type SweepConfig = ClusterAccessSetting & {
  readonly KUBEMEND_WAKEUPS_QUEUE_URL: string;
  /** Namespace of the records; default `kubemend`. */
  readonly KUBEMEND_RECORD_NAMESPACE: string;
};

const text = v.pipe(v.string(), v.nonEmpty());

const schema: v.GenericSchema<unknown, SweepConfig> = v.object({
  KUBEMEND_CLUSTER_ACCESS: clusterAccess,
  KUBEMEND_WAKEUPS_QUEUE_URL: queueUrl,
  KUBEMEND_RECORD_NAMESPACE: v.optional(text, DEFAULT_RECORD_NAMESPACE),
});

/** Throws `InvalidConfiguration` naming every variable that is missing or invalid. */
export function readConfig(): SweepConfig {
  return readEnvironment(schema, withClusterAccess(process.env));
}
