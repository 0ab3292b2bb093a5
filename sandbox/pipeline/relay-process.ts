import { setTimeout as sleep } from "node:timers/promises";
import { KubemendError } from "../../core/errors.ts";
import { startChild, type Child } from "../host/child.ts";
import { findFreePort } from "../host/free-port.ts";

const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

export type RelayProcessOptions = {
  /** Kubemend's own command line. */
  readonly script: string;
  readonly config: string;
  readonly stateDir: string;
  /** `NAMESPACE/NAME`; absent: the only relay. */
  readonly lease?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
};

/** The relay as it runs in a cluster: a process of its own that can be killed, and started again on its state. */
export type RelayProcess = {
  /** Returns when each watch has had its snapshot. Throws with the relay's last words where it ends instead. */
  readonly start: (signal?: AbortSignal) => Promise<void>;
  /** SIGSTOP freezes it, SIGCONT wakes it up. */
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** Its last words, where it ended though nobody told it to. */
  readonly broken: () => string | undefined;
};

export function createRelayProcess(options: RelayProcessOptions): RelayProcess {
  let child: Child | undefined;
  let wanted = false;
  const broken = (): string | undefined =>
    wanted && child !== undefined && !child.running()
      ? `The relay has ended by itself: ${child.tail()}`
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
      wanted = true;
      await untilReady(`http://127.0.0.1:${port}/readyz`, broken, signal);
    },
    signal: (signal) => child?.signal(signal),
    async kill() {
      wanted = false;
      await child?.kill();
    },
    async stop() {
      wanted = false;
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
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    const problem = broken();
    if (problem !== undefined) throw unavailable(problem);
    if (performance.now() > deadline) {
      const said = answer === undefined ? "it did not answer" : await answer.text();
      throw unavailable(`The relay was not ready after ${READY_TIMEOUT_MS / 1000} s: ${said}`);
    }
    await answer?.body?.cancel();
    await sleep(POLL_MS);
  }
}

const unavailable = (message: string): KubemendError =>
  new KubemendError("Unavailable", message, { retryable: false });
