import { readFileSync } from "node:fs";
import * as v from "valibot";
import { describeIssues } from "../events/contract.ts";
import { KubemendError } from "../core/errors.ts";
import type { LeaseTimes } from "./lease/term.ts";
import type { WatchTimes } from "./reflector/target.ts";

/** Flags of `kubemend relay`. */
export type RelayOptions = {
  /** Pipeline file. */
  readonly config: string;
  /** Folder of the journal. */
  readonly stateDir: string;
  /** `HOST:PORT` of /healthz, /readyz and /metrics. */
  readonly listen?: string | undefined;
  /** `NAMESPACE/NAME` of the Lease that elects the leader, or `off`; absent: see `RelayConfig.lease`. */
  readonly lease?: string | undefined;
  /** File of the keys that sign changes, one a line; absent: KUBEMEND_SIGNING_KEY_FILE, or nothing is signed. */
  readonly signingKeyFile?: string | undefined;
};

/** The relay's whole configuration, checked once and frozen. */
export type RelayConfig = {
  readonly pipelineFile: string;
  readonly stateDir: string;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  /** Absent: the only relay. Default: in a pod `kubemend-relay` in its own namespace, in any other process none. */
  readonly lease: { readonly namespace: string; readonly name: string } | undefined;
  /**
   * KUBEMEND_LEASE_DURATION_MS, default 9 000: after this long without a renewal another relay takes over; in whole seconds.
   * KUBEMEND_LEASE_RENEW_DEADLINE_MS, default 6 000: after this long without a renewal the leader starts no send.
   * KUBEMEND_LEASE_RETRY_MS, default 1 500: between two renewals, or two reads of the Lease.
   */
  readonly leaseTimes: LeaseTimes;
  /** `--signing-key-file` or KUBEMEND_SIGNING_KEY_FILE: one key a line, of which the first signs. Absent: nothing is signed. */
  readonly signingKeyFile: string | undefined;
  /** KUBECONFIG; absent: the pod's service account. */
  readonly kubeconfig: string | undefined;
  /** KUBEMEND_CHANGES_QUEUE_URL: a FIFO queue. */
  readonly changesQueueUrl: string;
  /** Taken from the queue's URL if the queue is not AWS's own and no AWS_ENDPOINT_URL variable is set. */
  readonly queueEndpoint: string | undefined;
  /** KUBEMEND_BOOKMARK_DEADLINE_MS, default 60 000: how long to wait for a snapshot's end bookmark before LIST + WATCH is used; a proxy may drop it. */
  readonly bookmarkDeadlineMs: number;
  /** KUBEMEND_WATCHDOG_MS, default 150 000: silence after which a watch counts as dead; servers send a bookmark each minute. */
  readonly watchdogMs: number;
  /** KUBEMEND_BACKOFF_MIN_MS, default 800: the first pause after a failure, as in client-go. */
  readonly backoffMinMs: number;
  /** KUBEMEND_BACKOFF_MAX_MS, default 30 000: the longest. */
  readonly backoffMaxMs: number;
};

/** The times if no variable sets them. */
export const DEFAULTS: WatchTimes = {
  bookmarkDeadlineMs: 60_000,
  watchdogMs: 150_000,
  backoffMinMs: 800,
  backoffMaxMs: 30_000,
};
/** A failover within 15 s; renewals may fail three times in a row. */
const LEASE_DEFAULTS: LeaseTimes = { durationMs: 9_000, renewDeadlineMs: 6_000, retryMs: 1_500 };
const DEFAULT_LEASE_NAME = "kubemend-relay";
/** In a pod this file contains the name of its namespace: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const POD_NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
/** The longest time that setTimeout accepts. */
const MAX_DURATION_MS = 2_147_483_647;

const duration = (fallback: number): v.GenericSchema<string | undefined, number> =>
  v.pipe(
    v.optional(v.string(), String(fallback)),
    v.regex(/^[1-9][0-9]*$/, "expected a whole number of milliseconds above 0"),
    v.transform(Number),
    v.maxValue(MAX_DURATION_MS, `expected at most ${MAX_DURATION_MS}`),
  );

const environmentSchema = v.object({
  KUBECONFIG: v.optional(v.string()),
  KUBEMEND_SIGNING_KEY_FILE: v.optional(v.string()),
  KUBEMEND_CHANGES_QUEUE_URL: v.pipe(
    v.string(),
    v.url("is no URL: it is the URL of the SQS FIFO queue for changes"),
  ),
  AWS_ENDPOINT_URL: v.optional(v.string()),
  AWS_ENDPOINT_URL_SQS: v.optional(v.string()),
  KUBEMEND_BOOKMARK_DEADLINE_MS: duration(DEFAULTS.bookmarkDeadlineMs),
  KUBEMEND_WATCHDOG_MS: duration(DEFAULTS.watchdogMs),
  KUBEMEND_BACKOFF_MIN_MS: duration(DEFAULTS.backoffMinMs),
  KUBEMEND_BACKOFF_MAX_MS: duration(DEFAULTS.backoffMaxMs),
  KUBEMEND_LEASE_DURATION_MS: v.pipe(
    duration(LEASE_DEFAULTS.durationMs),
    v.multipleOf(1_000, "expected whole seconds, in milliseconds"),
  ),
  KUBEMEND_LEASE_RENEW_DEADLINE_MS: duration(LEASE_DEFAULTS.renewDeadlineMs),
  KUBEMEND_LEASE_RETRY_MS: duration(LEASE_DEFAULTS.retryMs),
});

const listenPattern = /^(?<host>\[[0-9a-f:.]+\]|[^:]+):(?<port>[0-9]{1,5})$/i;

function isAddress(text: string): boolean {
  return Number(listenPattern.exec(text)?.groups?.["port"] ?? Number.NaN) <= 65_535;
}

const leasePattern =
  /^(?<namespace>[a-z0-9]([-a-z0-9]*[a-z0-9])?)\/(?<name>[a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/;

const optionsSchema = v.strictObject({
  config: v.pipe(v.string(), v.nonEmpty("is empty: name the pipeline file")),
  stateDir: v.pipe(v.string(), v.nonEmpty("is empty: name a folder")),
  signingKeyFile: v.optional(v.pipe(v.string(), v.nonEmpty("is empty: name the file of the keys"))),
  listen: v.optional(
    v.pipe(v.string(), v.check(isAddress, "expected HOST:PORT, with a port up to 65535")),
  ),
  lease: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (text) => text === "off" || leasePattern.test(text),
        "expected NAMESPACE/NAME, or off",
      ),
    ),
  ),
});

/** Reads flags and environment; throws `InvalidConfiguration` (terminal) that names the flag or variable. */
export function readRelayConfig(
  options: RelayOptions,
  environment: NodeJS.ProcessEnv = process.env,
): RelayConfig {
  const flags = parse(optionsSchema, options, "--");
  if ((environment["KUBEMEND_CHANGES_QUEUE_URL"] ?? "") === "") {
    throw invalid(
      "KUBEMEND_CHANGES_QUEUE_URL is missing: it is the URL of the SQS FIFO queue for changes",
    );
  }
  const variables = parse(environmentSchema, environment, "");
  if (variables.KUBEMEND_BACKOFF_MIN_MS > variables.KUBEMEND_BACKOFF_MAX_MS) {
    throw invalid("KUBEMEND_BACKOFF_MIN_MS is above KUBEMEND_BACKOFF_MAX_MS");
  }
  const leaseTimes = {
    durationMs: variables.KUBEMEND_LEASE_DURATION_MS,
    renewDeadlineMs: variables.KUBEMEND_LEASE_RENEW_DEADLINE_MS,
    retryMs: variables.KUBEMEND_LEASE_RETRY_MS,
  };
  refuseDisorder(leaseTimes);
  return Object.freeze({
    pipelineFile: flags.config,
    stateDir: flags.stateDir,
    listen: flags.listen === undefined ? undefined : toAddress(flags.listen),
    lease: toLease(flags.lease ?? findPodLease(environment)),
    leaseTimes,
    signingKeyFile: flags.signingKeyFile ?? (variables.KUBEMEND_SIGNING_KEY_FILE || undefined),
    kubeconfig: variables.KUBECONFIG === "" ? undefined : variables.KUBECONFIG,
    changesQueueUrl: variables.KUBEMEND_CHANGES_QUEUE_URL,
    queueEndpoint: toEndpoint(variables),
    bookmarkDeadlineMs: variables.KUBEMEND_BOOKMARK_DEADLINE_MS,
    watchdogMs: variables.KUBEMEND_WATCHDOG_MS,
    backoffMinMs: variables.KUBEMEND_BACKOFF_MIN_MS,
    backoffMaxMs: variables.KUBEMEND_BACKOFF_MAX_MS,
  });
}

function parse<S extends v.GenericSchema>(
  schema: S,
  input: unknown,
  prefix: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  throw invalid(prefix + describeIssues(result.issues).replace(/: is /g, " is "));
}

function toEndpoint(variables: v.InferOutput<typeof environmentSchema>): string | undefined {
  if ((variables.AWS_ENDPOINT_URL_SQS ?? variables.AWS_ENDPOINT_URL ?? "") !== "") return undefined;
  const { hostname, origin } = new URL(variables.KUBEMEND_CHANGES_QUEUE_URL);
  return /(^|\.)amazonaws\.com(\.cn)?$/.test(hostname) ? undefined : origin;
}

function refuseDisorder({ durationMs, renewDeadlineMs, retryMs }: LeaseTimes): void {
  if (renewDeadlineMs < durationMs && retryMs < renewDeadlineMs) return;
  throw invalid(
    "KUBEMEND_LEASE_RETRY_MS must be below KUBEMEND_LEASE_RENEW_DEADLINE_MS, and that below KUBEMEND_LEASE_DURATION_MS",
  );
}

function toLease(lease: string): RelayConfig["lease"] {
  const { namespace, name } = leasePattern.exec(lease)?.groups ?? {};
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** In a pod other replicas may run beside it, and the next one may start before this one has ended. */
function findPodLease(environment: NodeJS.ProcessEnv): string {
  const isInPod =
    (environment["KUBECONFIG"] ?? "") === "" && "KUBERNETES_SERVICE_HOST" in environment;
  if (!isInPod) return "off";
  try {
    return `${readFileSync(POD_NAMESPACE_FILE, "utf8").trim()}/${DEFAULT_LEASE_NAME}`;
  } catch {
    throw invalid(
      `--lease is missing: ${POD_NAMESPACE_FILE}, which names the pod's namespace, cannot be read: say NAMESPACE/NAME, or off`,
    );
  }
}

function toAddress(listen: string): { readonly host: string; readonly port: number } {
  const { host = "", port = "" } = listenPattern.exec(listen)?.groups ?? {};
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

function invalid(message: string): KubemendError {
  return new KubemendError("InvalidConfiguration", message, { retryable: false });
}
