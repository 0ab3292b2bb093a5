import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../../../core/errors.ts";

const JOBS = "/apis/batch/v1/namespaces/default/jobs";
const PODS = "/api/v1/namespaces/default/pods";

/** Creates a Job with a single attempt in the namespace default; returns its name. */
export async function createJob(
  client: KubernetesClient,
  command: readonly string[],
  outcome?: "fail" | "hang",
): Promise<string> {
  const annotations = outcome === undefined ? {} : { "kubemend.dev/sandbox-outcome": outcome };
  const job = await client.request<{ metadata: { name: string } }>({
    method: "POST",
    path: JOBS,
    body: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { generateName: "job-" },
      spec: {
        backoffLimit: 0,
        template: {
          metadata: { annotations },
          spec: { restartPolicy: "Never", containers: [{ name: "main", image: "none", command }] },
        },
      },
    },
  });
  return job.metadata.name;
}

type Job = {
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; reason?: string }[];
  };
};

/** `Complete`, or `Failed` with its reason, once the Job has ended. */
export async function getJobEnd(
  client: KubernetesClient,
  name: string,
): Promise<string | undefined> {
  const { status } = await client.request<Job>({ method: "GET", path: `${JOBS}/${name}` });
  const end = status?.conditions?.find(
    (condition) => ["Complete", "Failed"].includes(condition.type) && condition.status === "True",
  );
  if (end === undefined) return undefined;
  return end.type === "Failed" ? `Failed ${end.reason}` : end.type;
}

export async function createPod(
  client: KubernetesClient,
  pod: {
    readonly name: string;
    readonly command: readonly string[];
    readonly restartPolicy?: "Always" | "Never";
  },
): Promise<void> {
  await client.request({
    method: "POST",
    path: PODS,
    body: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: pod.name },
      spec: {
        restartPolicy: pod.restartPolicy ?? "Always",
        containers: [{ name: "main", image: "none", command: pod.command }],
      },
    },
  });
}

/** Undefined if there is no such pod. */
export async function getPhase(
  client: KubernetesClient,
  name: string,
): Promise<string | undefined> {
  try {
    const path = `${PODS}/${name}`;
    const pod = await client.request<{ status: { phase: string } }>({ method: "GET", path });
    return pod.status.phase;
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return undefined;
    throw error;
  }
}

/** Polls until there is an answer; rejects after 15 s. */
export async function untilValue<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`not within 15 s: ${ask.toString()}`);
    await sleep(50);
  }
}
