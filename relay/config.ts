import * as v from "valibot";
import { describeIssues } from "../events/contract.ts";
import { KubemendError } from "../core/errors.ts";
import type { WatchTimes } from "./watch/target.ts";

/** Flags of `kubemend relay`. */
export type RelayOptions = {
  /** Pipeline file. */
  readonly config: string;
  /** Folder of the journal. */
  readonly stateDir: string;
  /** `HOST:PORT` of /healthz, /readyz and /metrics. */
  readonly listen?: string | undefined;
  readonly lease: "off";
};

/** Everything that the relay is told, checked once, frozen. */
export type RelayConfig = {
  readonly pipelineFile: string;
  readonly stateDir: string;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  /** KUBECONFIG; absent: the pod's service account. */
  readonly kubeconfig: string | undefined;
  /** KUBEMEND_CHANGES_QUEUE_URL: a FIFO queue. */
  readonly changesQueueUrl: string;
  /** Set where neither the queue is AWS's own nor a variable says where queues are: the URL itself says it. */
  readonly queueEndpoint: string | undefined;
  /** KUBEMEND_BOOKMARK_DEADLINE_MS, default 60 000: waiting for a snapshot's end bookmark before LIST + WATCH is used; a proxy may swallow it. */
  readonly bookmarkDeadlineMs: number;
  /** KUBEMEND_WATCHDOG_MS, default 150 000: silence after which a watch is doubted; servers send a bookmark each minute. */
  readonly watchdogMs: number;
  /** KUBEMEND_BACKOFF_MIN_MS, default 800: the first pause after a failure, as in client-go. */
  readonly backoffMinMs: number;
  /** KUBEMEND_BACKOFF_MAX_MS, default 30 000: the longest. */
  readonly backoffMaxMs: number;
};

/** Of the times, where no variable sets them. */
export const DEFAULTS: WatchTimes = {
  bookmarkDeadlineMs: 60_000,
  watchdogMs: 150_000,
  backoffMinMs: 800,
  backoffMaxMs: 30_000,
};
/** What setTimeout takes. */
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
});

const listenPattern = /^(?<host>\[[0-9a-f:.]+\]|[^:]+):(?<port>[0-9]{1,5})$/i;

const optionsSchema = v.strictObject({
  config: v.pipe(v.string(), v.nonEmpty("is empty: name the pipeline file")),
  stateDir: v.pipe(v.string(), v.nonEmpty("is empty: name a folder")),
  listen: v.optional(v.pipe(v.string(), v.regex(listenPattern, "expected HOST:PORT"))),
  lease: v.literal("off", "expected off"),
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
  return Object.freeze({
    pipelineFile: flags.config,
    stateDir: flags.stateDir,
    listen: flags.listen === undefined ? undefined : toAddress(flags.listen),
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

function toAddress(listen: string): { readonly host: string; readonly port: number } {
  const { host = "", port = "" } = listenPattern.exec(listen)?.groups ?? {};
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

function invalid(message: string): KubemendError {
  return new KubemendError("InvalidConfiguration", message, { retryable: false });
}
