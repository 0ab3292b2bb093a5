import { existsSync, readFileSync } from "node:fs";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { describeError, isKubemendError, KubemendError } from "../../core/errors.ts";
import { poll } from "../host/poll.ts";

const POLL_MS = 50;
const TIMEOUT_MS = 60_000;

export type Wait = {
  /** What is awaited, for the error message. */
  readonly about: string;
  /** Throws if it can no longer happen. */
  readonly check: () => void;
  readonly logs: string;
};

/**
 * Polls until the answer is not undefined; a KubemendError counts as no answer yet.
 * Throws Timeout after a minute; rejects with the signal's reason when aborted.
 */
export async function waitFor<T>(
  wait: Wait,
  ask: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T> {
  let lastError = "";
  return poll(
    {
      intervalMs: POLL_MS,
      timeoutMs: TIMEOUT_MS,
      async ask() {
        try {
          const answer = await ask();
          if (answer !== undefined) return answer;
        } catch (error) {
          if (!isKubemendError(error)) throw error;
          lastError = ` The last error: ${describeError(error)}.`;
        }
        wait.check();
        return undefined;
      },
      toTimeout: () =>
        new KubemendError(
          "Timeout",
          `The sandbox's control plane did not start: still waiting for ${wait.about} after ${TIMEOUT_MS / 1000} s.${lastError} ` +
            `The usual reason is a machine that is busy or short of memory; see the logs in ${wait.logs}.`,
          { retryable: true },
        ),
    },
    signal,
  );
}

/** The CA that the API server created for itself, once the file is complete (leaf and CA). */
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

/** kubelets, and kwok in their place, show here that they are alive. */
export const NODE_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

/**
 * True when pods can run: the node is Ready, the node-lifecycle controller has removed its not-ready taint, and kwok holds its Lease.
 * What an earlier start has left in the node's status does not count.
 */
export async function isNodeReady(
  client: KubernetesClient,
  name: string,
): Promise<true | undefined> {
  const node = await client.request<NodeObject>({ method: "GET", path: `/api/v1/nodes/${name}` });
  const ready = node.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True");
  if (ready !== true || (node.spec?.taints ?? []).length > 0) return undefined;
  // Answered with 404 until kwok has created it.
  await client.request({ method: "GET", path: `${NODE_LEASES}/${name}` });
  return true;
}

/** True when pods can be created: the controller manager has created the namespace's ServiceAccount. */
export async function hasDefaultAccount(client: KubernetesClient): Promise<true> {
  const path = "/api/v1/namespaces/default/serviceaccounts/default";
  await client.request({ method: "GET", path });
  return true;
}
