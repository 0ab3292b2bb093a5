import { KubemendError } from "../../core/errors.ts";
import { startChild, type Child } from "../host/child.ts";
import { findFreePort } from "../host/free-port.ts";
import { poll } from "../host/poll.ts";

const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

export type RelayProcessOptions = {
  /** Path of the `kubemend` command. */
  readonly script: string;
  readonly config: string;
  readonly stateDir: string;
  /** `NAMESPACE/NAME`; absent = this is the only relay. */
  readonly lease?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
};

/** The relay as it runs in a cluster: its own process, which can be killed and restarted on its state. */
export type RelayProcess = {
  /** Resolves when every watch has its snapshot. Throws with the relay's last log lines if it exits instead. */
  readonly start: (signal?: AbortSignal) => Promise<void>;
  /** SIGSTOP freezes it, SIGCONT resumes it. */
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** A message with its last log lines if it has exited unexpectedly. */
  readonly broken: () => string | undefined;
};

export function createRelayProcess(options: RelayProcessOptions): RelayProcess {
  let child: Child | undefined;
  let shouldRun = false;
  const broken = (): string | undefined =>
    shouldRun && child !== undefined && !child.running()
      ? `The relay exited unexpectedly: ${child.tail()}`
      : undefined;
  return {
    broken,
    async start(signal) {
      const port = await findFreePort();
      child = startChild({
        name: "relay",
        args: [options.script, "relay", ...toFlags(options, port)],
        environment: options.environment,
        onLine: options.onLine,
      });
      shouldRun = true;
      await untilReady(`http://127.0.0.1:${port}/readyz`, broken, signal);
    },
    signal: (signal) => child?.signal(signal),
    async kill() {
      shouldRun = false;
      await child?.kill();
    },
    async stop() {
      shouldRun = false;
      await child?.stop();
    },
  };
}

function toFlags(options: RelayProcessOptions, port: number): readonly string[] {
  const { config, stateDir, lease = "off" } = options;
  const flags = { config, "state-dir": stateDir, listen: `127.0.0.1:${port}`, lease };
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
}

async function untilReady(
  url: string,
  broken: () => string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  let reason = "";
  await poll(
    {
      intervalMs: POLL_MS,
      timeoutMs: READY_TIMEOUT_MS,
      toTimeout: () =>
        unavailable(`The relay was not ready after ${READY_TIMEOUT_MS / 1000} s: ${reason}`),
      async ask() {
        const answer = await fetch(url).catch(() => undefined);
        if (answer?.ok === true) return true;
        const problem = broken();
        if (problem !== undefined) throw unavailable(problem);
        reason = answer === undefined ? "it did not answer" : await answer.text();
        return undefined;
      },
    },
    signal,
  );
}

const unavailable = (message: string): KubemendError =>
  new KubemendError("Unavailable", message, { retryable: false });
