import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { failed, passed, skipped, type Check, type Finding } from "./finding.ts";

/** As README says. */
const OLDEST_MINOR = 30;
const NEWEST_MINOR = 36;
/** Signatures of AWS are refused after 5 minutes; times of records are compared with far less. */
const MAX_SKEW_MS = 30_000;

/** Version, WatchList, and the clock: whether the relay and the functions can work with this API server. */
export function checkApiServer(client: KubernetesClient, nowMs: () => number): Check {
  return async (signal) => {
    const { gitVersion } = await client.request<{ readonly gitVersion: string }>({
      method: "GET",
      path: "/version",
      signal,
    });
    return [
      describeVersion(gitVersion),
      await checkWatchList(client, signal),
      await checkClock(client, nowMs, signal),
    ];
  };
}

/** Whether the context is the cluster that the settings of the stage name. */
export function checkEndpoint(server: string, expected: string | undefined): Check {
  const check = "cluster";
  return () => {
    if (expected === undefined) {
      return Promise.resolve([skipped(check, "the settings name no endpoint to compare with")]);
    }
    if (toAddress(server) === toAddress(expected)) {
      return Promise.resolve([passed(check, "the context is that of the settings")]);
    }
    const message = `the context is of ${server}, and KUBEMEND_EKS_ENDPOINT is ${expected}`;
    const fix = "name the context of that cluster with --context, unless both are the same cluster";
    return Promise.resolve([failed(check, message, fix)]);
  };
}

function toAddress(url: string): string {
  return url.replace(/\/+$/, "").toLowerCase();
}

function describeVersion(version: string): Finding {
  const check = "API server";
  const minor = Number(/^v1\.(\d+)\./.exec(version)?.[1]);
  const range = `1.${OLDEST_MINOR} to 1.${NEWEST_MINOR}`;
  if (minor >= OLDEST_MINOR && minor <= NEWEST_MINOR) return passed(check, version);
  return failed(
    check,
    `${version}: Kubemend is tested with ${range}`,
    "upgrade the cluster, or Kubemend",
  );
}

/** A list as a stream. The relay asks for it and falls back, so that it is missing is no fault. */
async function checkWatchList(client: KubernetesClient, signal: AbortSignal): Promise<Finding> {
  const { status, body } = await client.stream({
    method: "GET",
    path: "/apis/apiregistration.k8s.io/v1/apiservices",
    query: {
      watch: true,
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: "NotOlderThan",
      timeoutSeconds: 1,
    },
    signal,
  });
  body.destroy();
  if (status === 200) return passed("WatchList", "served");
  if (status === 401 || status === 403) {
    return skipped("WatchList", `you may not watch apiservices (answer ${status})`);
  }
  return passed("WatchList", `not served (answer ${status}): the relay uses LIST and WATCH`);
}

async function checkClock(
  client: KubernetesClient,
  nowMs: () => number,
  signal: AbortSignal,
): Promise<Finding> {
  const sentMs = nowMs();
  const { headers, body } = await client.stream({ method: "GET", path: "/version", signal });
  body.destroy();
  const serverMs = Date.parse(headers["date"] ?? "");
  if (!Number.isFinite(serverMs)) return passed("clock", "the API server does not say its time");
  // The header has whole seconds.
  const skewMs = Math.max(sentMs - serverMs - 1000, serverMs - nowMs(), 0);
  const seconds = Math.round(skewMs / 1000);
  if (skewMs <= MAX_SKEW_MS)
    return passed("clock", `differs from the API server's by at most ${seconds + 1} s`);
  return failed(
    "clock",
    `differs from the API server's by ${seconds} s`,
    "set the time of this machine, or of the control plane, by NTP",
  );
}
