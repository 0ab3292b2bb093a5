import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "../../../sandbox/host/free-port.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";

export type RelayUnderTest = AsyncDisposable & {
  /** Starts it; resolves when it is ready. */
  readonly start: () => Promise<void>;
  /** Starts it; resolves when the process exists. */
  readonly spawn: () => Promise<void>;
  readonly ready: () => Promise<void>;
  /** Sends SIGSTOP, SIGCONT or another signal. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** kill -9. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; returns the exit code. */
  readonly stop: () => Promise<number | null>;
  /** All of its output, across restarts. */
  readonly output: () => string;
  readonly metrics: () => Promise<string>;
};

/** The relay as a separate process, run from its sources, that a test can kill. */
export function createRelayProcess(options: {
  readonly config: string;
  readonly stateDir: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Default: no Lease, a single relay. */
  readonly lease?: string | undefined;
}): RelayUnderTest {
  const script = join(findProjectRoot(), "relay", "process.ts");
  let child: ChildProcess | undefined;
  let address = "";
  let output = "";
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const exited = once(child, "exit");
    child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  };
  const start = async (): Promise<void> => {
    address = `127.0.0.1:${await findFreePort()}`;
    const { config, stateDir, lease = "off" } = options;
    const flags = { config, "state-dir": stateDir, listen: address, lease };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    const started = spawn(process.execPath, [script, ...args], {
      env: { ...process.env, ...options.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString("utf8");
      });
    }
  };
  const ready = async (): Promise<void> => {
    for (;;) {
      const answer = await fetch(`http://${address}/readyz`).catch(() => undefined);
      if (answer?.ok === true) return;
      await answer?.body?.cancel();
      if (child?.exitCode !== null) throw new Error(`the relay has ended: ${output}`);
      await sleep(20);
    }
  };
  return {
    async start() {
      await start();
      await ready();
    },
    spawn: start,
    ready,
    signal: (signal) => void child?.kill(signal),
    kill: async () => void (await end("SIGKILL")),
    stop: () => end("SIGTERM"),
    output: () => output,
    metrics: async () => (await fetch(`http://${address}/metrics`)).text(),
    [Symbol.asyncDispose]: async () => void (await end("SIGKILL")),
  };
}
