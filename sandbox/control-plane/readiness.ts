import { existsSync, readFileSync } from "node:fs";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { describeError, isKubemendError, KubemendError } from "../../core/errors.ts";
import { pause } from "../host/pause.ts";

const POLL_MS = 50;
const TIMEOUT_MS = 60_000;

export type Wait = {
  /** What is waited for, for the message when it does not come. */
  readonly about: string;
  /** Throws where it can no longer come. */
  readonly check: () => void;
  readonly logs: string;
};

/**
 * Asks until the answer is not undefined; a KubemendError counts as no answer yet.
 * Timeout after a minute; rejects with the signal's reason when aborted.
 */
export async function waitFor<T>(
  wait: Wait,
  ask: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T> {
  const until = performance.now() + TIMEOUT_MS;
  let refusal = "";
  while (performance.now() < until) {
    signal.throwIfAborted();
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!isKubemendError(error)) throw error;
      refusal = ` The last answer: ${describeError(error)}.`;
    }
    wait.check();
    await pause(POLL_MS, signal);
  }
  throw new KubemendError(
    "Timeout",
    `The sandbox's control plane did not come up: ${wait.about} was not there after ${TIMEOUT_MS / 1000} s.${refusal} ` +
      `A machine that is busy or short of memory is the usual reason; the logs in ${wait.logs} say more.`,
    { retryable: true },
  );
}

/** The CA that the API server has made for itself, once the file is whole: leaf and CA. */
export async function readCa(file: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  const pem = readFileSync(file, "utf8");
  return pem.split("-----END CERTIFICATE-----").length > 2 ? pem : undefined;
}

/** The server's version, once it is ready. https://kubernetes.io/docs/reference/using-api/health-checks/ */
export async function readVersion(client: KubernetesClient): Promise<string | undefined> {
  const ready = await client.stream({ method: "GET", path: "/readyz", timeoutMs: 5_000 });
  ready.body.resume();
  if (ready.status !== 200) return undefined;
  const version = await client.request<{ gitVersion: string }>({ method: "GET", path: "/version" });
  return version.gitVersion.replace(/^v/, "");
}

type NodeObject = {
  readonly spec?: { readonly taints?: readonly object[] };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

/** True when pods can be scheduled: the node is Ready, and the node-lifecycle controller has taken its not-ready taint away. */
export async function isNodeReady(
  client: KubernetesClient,
  name: string,
): Promise<true | undefined> {
  const node = await client.request<NodeObject>({ method: "GET", path: `/api/v1/nodes/${name}` });
  const ready = node.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True");
  return ready === true && (node.spec?.taints ?? []).length === 0 ? true : undefined;
}

/** True when pods can be created: the controller manager has made the namespace's ServiceAccount. */
export async function hasDefaultAccount(client: KubernetesClient): Promise<true> {
  const path = "/api/v1/namespaces/default/serviceaccounts/default";
  await client.request({ method: "GET", path });
  return true;
}
