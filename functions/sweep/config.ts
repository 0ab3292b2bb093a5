import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { DEFAULT_RECORD_NAMESPACE } from "../../events/remediation.ts";
import { DEFAULT_LEASE } from "../../core/pipeline/rights/relay-lease.ts";
import {
  clusterAccess,
  withClusterAccess,
  type ClusterAccessSetting,
} from "../../adapters/lambda/cluster-access.ts";
import { queueUrl, readEnvironment } from "../../adapters/lambda/environment.ts";

/** The function's settings. */
export type SweepConfig = ClusterAccessSetting & {
  readonly KUBEMEND_WAKEUPS_QUEUE_URL: string;
  /** FIFO queue of transfers, to which it sends the comparisons of mirrors that are due, and the Moves that have not ended. */
  readonly KUBEMEND_TRANSFERS_QUEUE_URL: string;
  /** Pipeline file, for its mirrors and moves; default: pipeline.json next to the bundle. */
  readonly KUBEMEND_PIPELINE: string;
  /** Namespace of the records; default `kubemend`. */
  readonly KUBEMEND_RECORD_NAMESPACE: string;
  /** The Lease by which a relay shows that it lives, `NAMESPACE/NAME`; `off` for a relay without one. Default `kubemend/kubemend-relay`. */
  readonly KUBEMEND_RELAY_LEASE: LeaseName | undefined;
};

type LeaseName = { readonly namespace: string; readonly name: string };

const text = v.pipe(v.string(), v.nonEmpty());

const schema: v.GenericSchema<unknown, SweepConfig> = v.object({
  KUBEMEND_CLUSTER_ACCESS: clusterAccess,
  KUBEMEND_WAKEUPS_QUEUE_URL: queueUrl,
  KUBEMEND_TRANSFERS_QUEUE_URL: queueUrl,
  KUBEMEND_PIPELINE: v.optional(text, fileURLToPath(new URL("pipeline.json", import.meta.url))),
  KUBEMEND_RECORD_NAMESPACE: v.optional(text, DEFAULT_RECORD_NAMESPACE),
  KUBEMEND_RELAY_LEASE: v.pipe(
    v.optional(text, `${DEFAULT_LEASE.namespace}/${DEFAULT_LEASE.name}`),
    v.regex(/^(off|[^/]+\/[^/]+)$/, "expected NAMESPACE/NAME, or off"),
    v.transform(toLeaseName),
  ),
});

function toLeaseName(written: string): LeaseName | undefined {
  if (written === "off") return undefined;
  const [namespace = "", name = ""] = written.split("/");
  return { namespace, name };
}

/** Throws `InvalidConfiguration` naming every variable that is missing or invalid. */
export function readConfig(): SweepConfig {
  return readEnvironment(schema, withClusterAccess(process.env));
}
