import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RemediationRequest } from "../../../events/request.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { startExecutionEnvironment } from "../../../sandbox/runtime/execution-environment.ts";
import type { InvocationOutcome } from "../../../sandbox/runtime/invocation.ts";
import { toQueueArn } from "../../../sandbox/queues/queue-settings.ts";
import {
  readFunctionSettings,
  toFunctionEnvironment,
} from "../../../sandbox/runtime/function-settings.ts";
import type { SandboxQueues } from "../../../sandbox/queues/queues.ts";

/** The bundled remediate function, in a process that can be suspended, resumed and killed. */
export type RemediateProcess = {
  /** Invokes it with requests in one batch, as the queue's first delivery does. */
  readonly invoke: (...requests: readonly RemediationRequest[]) => Promise<InvocationOutcome>;
  /** SIGSTOP; resolves when it has stopped. */
  readonly freeze: () => Promise<void>;
  /** SIGCONT. */
  readonly wake: () => void;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
};

export async function startRemediateProcess(options: {
  readonly kubeconfig: string;
  /** Path of the pipeline file, as JSON. */
  readonly pipeline: string;
  readonly queues: SandboxQueues;
}): Promise<RemediateProcess> {
  const root = findProjectRoot();
  const settings = readFunctionSettings(root).find(({ name }) => name === "remediate");
  if (settings === undefined) throw new Error("serverless.yml has no function remediate");
  const bootstrap = join(root, "sandbox", "runtime", "bootstrap.mjs");
  const pid = Promise.withResolvers<number>();
  const environment = await startExecutionEnvironment({
    // The shell prints its process id, and is then replaced by the function.
    command: ["sh", "-c", 'echo "pid $$"; exec "$0" "$1"', process.execPath, bootstrap],
    workingFolder: dirname(settings.bundle),
    functionArn: "arn:aws:lambda:us-east-1:000000000000:function:remediate",
    timeoutMs: settings.timeoutMs,
    onLog: (line) => void (line.startsWith("pid ") && pid.resolve(Number(line.slice(4)))),
    environment: {
      PATH: process.env["PATH"] ?? "",
      ...toFunctionEnvironment(settings, options.queues.queues),
      KUBEMEND_CLUSTER_ACCESS: JSON.stringify({ kubeconfig: options.kubeconfig }),
      KUBEMEND_PIPELINE: options.pipeline,
      LAMBDA_TASK_ROOT: dirname(settings.bundle),
      _HANDLER: "remediate.handler",
      AWS_LAMBDA_FUNCTION_NAME: "remediate",
      AWS_REGION: options.queues.region,
      AWS_ENDPOINT_URL_SQS: options.queues.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
  });
  return {
    invoke: (...requests) =>
      environment.invoke(JSON.stringify({ Records: requests.map(toSqsRecord) })),
    async freeze() {
      process.kill(await pid.promise, "SIGSTOP");
      while (!isStopped(await pid.promise)) await sleep(1);
    },
    wake: () => void pid.promise.then((id) => process.kill(id, "SIGCONT")),
    kill: () => environment.stop(),
  };
}

/** Writes a copy of a kubeconfig that connects through a proxy. */
export function writeProxied(kubeconfig: string, server: string, proxy: string): string {
  const path = `${kubeconfig}.proxied`;
  writeFileSync(path, readFileSync(kubeconfig, "utf8").replaceAll(server, proxy), { mode: 0o600 });
  return path;
}

function toSqsRecord(request: RemediationRequest): object {
  return {
    messageId: request.id,
    receiptHandle: "none",
    body: JSON.stringify(request),
    attributes: { ApproximateReceiveCount: "1", MessageGroupId: "rule" },
    eventSourceARN: toQueueArn("remediations.fifo"),
  };
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function isStopped(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
}
