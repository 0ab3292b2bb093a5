import { basename, dirname, join } from "node:path";
import { findProjectRoot } from "../host/project-root.ts";
import { EnvironmentPool } from "./environment-pool.ts";
import {
  startExecutionEnvironment,
  type ExecutionEnvironmentOptions,
  type LogListener,
} from "./execution-environment.ts";
import { PAYLOAD_LIMIT_BYTES, toInvocationError, type InvocationOutcome } from "./invocation.ts";

const REGION = "us-east-1";
const ACCOUNT = "000000000000";

export type FunctionOptions = {
  readonly name: string;
  /** Path of the bundle, `<name>.mjs`; it exports `handler`. */
  readonly bundle: string;
  /** In addition to what AWS itself sets. Nothing is inherited from the parent's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** For one invocation. */
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** At most this many processes, each with one invocation at a time; further invocations wait. */
  readonly concurrency: number;
  /** Called with each line that the function writes. */
  readonly onLog: LogListener;
};

export type SandboxFunction = {
  /** Never rejects: an error is an outcome. */
  readonly invoke: (event: unknown) => Promise<InvocationOutcome>;
  /** Invocations that begin from now on start with new processes, which read their files again. */
  readonly recycle: () => Promise<void>;
  /** Kills all processes, in the middle of what they do. The next invocation starts a new one. */
  readonly kill: () => Promise<void>;
  /** Kills running invocations, so wait for them first. Resolves when all processes have exited. */
  readonly stop: () => Promise<void>;
};

/**
 * A Lambda function as child processes on this Node: started on demand, kept warm, and replaced after a crash, a timeout or a
 * failed start. They exit with this process, even if it is killed.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export function startFunction(options: FunctionOptions): SandboxFunction {
  const settings = toEnvironmentOptions(options);
  const pool = new EnvironmentPool(options.concurrency, () => startExecutionEnvironment(settings));
  return {
    async invoke(event) {
      const payload = JSON.stringify(event);
      if (Buffer.byteLength(payload) > PAYLOAD_LIMIT_BYTES) {
        const message = `Request must be smaller than ${PAYLOAD_LIMIT_BYTES} bytes`;
        return toInvocationError("RequestTooLarge", message);
      }
      return await pool.invoke(payload);
    },
    recycle: () => pool.recycle(),
    kill: () => pool.kill(),
    stop: () => pool.stop(),
  };
}

function toEnvironmentOptions(options: FunctionOptions): ExecutionEnvironmentOptions {
  const { name, bundle, memoryMb } = options;
  const bootstrap = join(findProjectRoot(), "sandbox", "runtime", "bootstrap.mjs");
  return {
    command: [process.execPath, `--max-old-space-size=${memoryMb}`, bootstrap],
    workingFolder: dirname(bundle),
    environment: {
      ...toReservedVariables(options),
      LAMBDA_TASK_ROOT: dirname(bundle),
      _HANDLER: `${basename(bundle, ".mjs")}.handler`,
      ...options.environment,
    },
    functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
    timeoutMs: options.timeoutMs,
    onLog: options.onLog,
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function toReservedVariables({ name, memoryMb }: FunctionOptions): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: "sandbox",
    AWS_SECRET_ACCESS_KEY: "sandbox",
    // A sandbox must not read the user's own profiles.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "sandbox",
  };
}
