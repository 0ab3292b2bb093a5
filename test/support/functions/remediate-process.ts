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

/** A bundled function, in a process that can be suspended, resumed and killed. */
export type FunctionProcess<Message> = {
  /** Invokes it with messages in one batch, as the queue's first delivery does. */
  readonly invoke: (...messages: readonly Message[]) => Promise<InvocationOutcome>;
  /** SIGSTOP; resolves when it has stopped. */
  readonly freeze: () => Promise<void>;
  /** SIGCONT. */
  readonly wake: () => void;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
};

export type RemediateProcess = FunctionProcess<RemediationRequest>;

export type FunctionProcessOptions = {
  readonly kubeconfig: string;
  /** Path of the pipeline file, as JSON. */
  readonly pipeline: string;
  readonly queues: SandboxQueues;
};

export function startRemediateProcess(options: FunctionProcessOptions): Promise<RemediateProcess> {
  return startFunctionProcess({ name: "remediate", source: "remediations.fifo" }, options);
}

/** Starts a function by its name in serverless.yml; `source` is the queue of its messages. */
export async function startFunctionProcess<Message extends { readonly id: string }>(
  { name: wanted, source }: { readonly name: string; readonly source: string },
  options: FunctionProcessOptions,
): Promise<FunctionProcess<Message>> {
  const root = findProjectRoot();
  const settings = readFunctionSettings(root).find(({ name }) => name === wanted);
  if (settings === undefined) throw new Error(`serverless.yml has no function ${wanted}`);
  const bootstrap = join(root, "sandbox", "runtime", "bootstrap.mjs");
  const pid = Promise.withResolvers<number>();
  const environment = await startExecutionEnvironment({
    // The shell prints its process id, and is then replaced by the function.
    command: ["sh", "-c", 'echo "pid $$"; exec "$0" "$1"', process.execPath, bootstrap],
    workingFolder: dirname(settings.bundle),
    functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${wanted}`,
    timeoutMs: settings.timeoutMs,
    onLog: (line) => void (line.startsWith("pid ") && pid.resolve(Number(line.slice(4)))),
    environment: {
      PATH: process.env["PATH"] ?? "",
      ...toFunctionEnvironment(settings, options.queues.queues),
      KUBEMEND_CLUSTER_ACCESS: JSON.stringify({ kubeconfig: options.kubeconfig }),
      KUBEMEND_PIPELINE: options.pipeline,
      LAMBDA_TASK_ROOT: dirname(settings.bundle),
      _HANDLER: `${wanted}.handler`,
      AWS_LAMBDA_FUNCTION_NAME: wanted,
      AWS_REGION: options.queues.region,
      AWS_ENDPOINT_URL_SQS: options.queues.endpoint,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
  });
  return {
    invoke: (...messages) =>
      environment.invoke(
        JSON.stringify({ Records: messages.map((message) => toSqsRecord(message, source)) }),
      ),
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

function toSqsRecord(message: { readonly id: string }, source: string): object {
  return {
    messageId: message.id,
    receiptHandle: "none",
    body: JSON.stringify(message),
    attributes: { ApproximateReceiveCount: "1", MessageGroupId: "rule" },
    eventSourceARN: toQueueArn(source),
  };
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function isStopped(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
}
