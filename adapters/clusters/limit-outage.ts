import { isKubemendError, type ErrorCode, type KubemendError } from "../../core/errors.ts";
import { toNamespaceAddress } from "../kubernetes/api/namespace-address.ts";
import { toResourcePath } from "../kubernetes/api/path.ts";
import type { KubernetesClient, KubernetesRequest } from "../kubernetes/http/client.ts";

/** No request to another cluster may take longer: the remediations of the pipeline's own cluster run in the same function. */
const REQUEST_MAX_MS = 10_000;
/** After a request without an answer, the next ones fail at once for this long. */
const PAUSE_MS = 15_000;
/** The time without an answer, to a question about something that every cluster has, after which a cluster counts as away. */
const PROBE_MS = 5_000;
const KUBE_SYSTEM = toResourcePath(toNamespaceAddress("kube-system"));

type OutageLimits = {
  /** The longest time for the question for kube-system. */
  readonly probeMs?: number;
  /** The longest time for a request; default 10 s for each. */
  readonly maxMs?: (request: KubernetesRequest) => number;
};

/** The server has not answered at all, or its credentials cannot be had. */
const WITHOUT_ANSWER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "Unreachable",
  "Timeout",
  "CredentialNotFound",
  "CredentialDenied",
  "CredentialThrottled",
  "CredentialUnreachable",
  "InvalidConfiguration",
]);

/**
 * The same client for a cluster that may be away for long: a request waits at most 10 s for its answer, and after one without an answer all
 * others are refused with the same error for 15 s, without a request. So an outage costs a function one wait, not one for each message.
 *
 * A request whose time is over may have waited for a webhook that is about its object only. So the cluster is asked for its namespace
 * kube-system then, and counts as away only if that has no answer, either.
 */
export function limitOutage(
  client: KubernetesClient,
  now: () => number,
  { probeMs = PROBE_MS, maxMs = () => REQUEST_MAX_MS }: OutageLimits = {},
): KubernetesClient {
  let pause: { readonly error: KubemendError; readonly untilMs: number } | undefined;
  let probe: Promise<boolean> | undefined;
  /** After a request to this path. One at a time: many requests may end together. */
  const isAway = async (path: string): Promise<boolean> => {
    if (path === KUBE_SYSTEM) return true;
    probe ??= hasNoAnswer(client, probeMs).finally(() => (probe = undefined));
    return probe;
  };
  const attempt = async <T>(
    request: KubernetesRequest,
    send: (limited: KubernetesRequest) => Promise<T>,
  ): Promise<T> => {
    if (pause !== undefined && now() < pause.untilMs) throw pause.error;
    const longestMs = maxMs(request);
    const timeoutMs = Math.min(request.timeoutMs ?? longestMs, longestMs);
    try {
      const answer = await send({ ...request, timeoutMs });
      pause = undefined;
      return answer;
    } catch (error) {
      // A caller that has given up says nothing about the server.
      const isOwn = request.signal?.aborted === true;
      const isSuspect = !isOwn && isKubemendError(error) && isWithoutAnswer(error);
      if (isSuspect && (error.code !== "Timeout" || (await isAway(request.path)))) {
        pause = { error, untilMs: now() + PAUSE_MS };
      }
      throw error;
    }
  };
  return {
    get server() {
      return client.server;
    },
    close: () => client.close(),
    request: async <T>(request: KubernetesRequest) =>
      attempt(request, (limited) => client.request<T>(limited)),
    stream: (request) => attempt(request, (limited) => client.stream(limited)),
  };
}

async function hasNoAnswer(client: KubernetesClient, timeoutMs: number): Promise<boolean> {
  try {
    await client.request({ method: "GET", path: KUBE_SYSTEM, timeoutMs });
    return false;
  } catch (error) {
    return isKubemendError(error) && isWithoutAnswer(error);
  }
}

/** Whether a request failed for the connection or its credentials, and not by an answer of the API server. */
function isWithoutAnswer({ code, status }: KubemendError): boolean {
  return status === undefined && WITHOUT_ANSWER.has(code);
}
