import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { toInvocationError, type InvocationError, type InvocationOutcome } from "./invocation.ts";
import { startRuntimeApi } from "./runtime-api.ts";
import { RuntimeSession } from "./runtime-session.ts";

/** The time limit that AWS sets for the init phase: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const INIT_TIMEOUT_MS = 10_000;

export type LogListener = (line: string, stream: "stdout" | "stderr") => void;

export type ExecutionEnvironmentOptions = {
  /** The runtime client: a program and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly workingFolder: string;
  /** The complete environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly functionArn: string;
  /** For one invocation. The init phase has its own limit: 10 s, or this value if it is longer. */
  readonly timeoutMs: number;
  readonly onLog: LogListener;
};

/** One process with one copy of the function. It takes one invocation at a time. */
export type ExecutionEnvironment = {
  /** Never rejects. After a failed start, a timeout or a crash the process has exited. */
  readonly invoke: (payload: string) => Promise<InvocationOutcome>;
  /** Resolves with true when it asks for the next event, with false when it has exited. */
  readonly asking: () => Promise<boolean>;
  readonly exited: Promise<InvocationError>;
  /** Kills it and waits until it has exited. */
  readonly stop: () => Promise<void>;
};

/** Starts a process that uses the Runtime API. If it fails to start, that is the outcome of its first invocation. */
export async function startExecutionEnvironment(
  options: ExecutionEnvironmentOptions,
): Promise<ExecutionEnvironment> {
  const session = new RuntimeSession();
  const api = await startRuntimeApi(session);
  const [program, ...args] = options.command;
  const child = spawn(program, args, {
    cwd: options.workingFolder,
    env: { ...options.environment, AWS_LAMBDA_RUNTIME_API: api.address },
    // The fourth is the pipe by which the child notices that we have exited, see bootstrap.mjs.
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  forwardLines(child, options.onLog);
  const exited = watchExit(child);
  const closed = exited.then(() => api.close());

  async function stop(): Promise<void> {
    child.kill("SIGKILL");
    await closed;
  }

  async function initialize(): Promise<InvocationError | undefined> {
    const limitMs = Math.max(INIT_TIMEOUT_MS, options.timeoutMs);
    using limit = startLimit(limitMs, `Init timed out after ${toSeconds(limitMs)} seconds`);
    return await Promise.race([session.asking(), exited, limit.reached]);
  }

  async function run(payload: string): Promise<InvocationOutcome> {
    const requestId = randomUUID();
    const { functionArn, timeoutMs } = options;
    const late = `RequestId: ${requestId} Error: Task timed out after ${toSeconds(timeoutMs)} seconds`;
    using limit = startLimit(timeoutMs, late);
    const deadlineMs = Date.now() + timeoutMs;
    const traceId = toTraceId(Date.now());
    const answer = session.invoke({ requestId, payload, deadlineMs, functionArn, traceId });
    const outcome = await Promise.race([answer, exited, limit.reached]);
    if (outcome === limit.error) await stop();
    return outcome;
  }

  return {
    exited,
    stop,
    async invoke(payload) {
      const failure = await initialize();
      if (failure === undefined) return await run(payload);
      await stop();
      return failure;
    },
    async asking() {
      // Work that the handler left running may block the process forever.
      using limit = startLimit(options.timeoutMs, "busy after its response");
      const reason = await Promise.race([session.asking(), exited, limit.reached]);
      if (reason !== undefined) await stop();
      return reason === undefined;
    },
  };
}

function forwardLines(child: ChildProcess, onLog: LogListener): void {
  for (const stream of ["stdout", "stderr"] as const) {
    const input = child[stream];
    if (input !== null) createInterface({ input }).on("line", (line) => onLog(line, stream));
  }
  // A killed child resets its pipe.
  child.stdio[3]?.on("error", () => {});
}

function watchExit(child: ChildProcess): Promise<InvocationError> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      resolve(toInvocationError("Runtime.InvalidEntrypoint", error.message));
    });
    child.once("exit", (code, signal) => {
      const how = signal === null ? `exit status ${code ?? "unknown"}` : `signal: ${signal}`;
      resolve(toInvocationError("Runtime.ExitError", `Runtime exited with error: ${how}`));
    });
  });
}

function startLimit(ms: number, message: string): Disposable & Limit {
  const error = toInvocationError("Sandbox.Timedout", message);
  const { promise, resolve } = Promise.withResolvers<InvocationError>();
  const timer = setTimeout(() => resolve(error), ms);
  return { error, reached: promise, [Symbol.dispose]: () => clearTimeout(timer) };
}

type Limit = { readonly error: InvocationError; readonly reached: Promise<InvocationError> };

function toSeconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function toTraceId(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000).toString(16);
  const parent = randomBytes(8).toString("hex");
  return `Root=1-${seconds}-${randomBytes(12).toString("hex")};Parent=${parent};Sampled=0`;
}
