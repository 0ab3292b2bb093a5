import { setTimeout as sleep } from "node:timers/promises";
import { describeError } from "../../../core/errors.ts";
import type { Miss } from "../check/checked.ts";
import { createRelayProcess } from "../../../sandbox/pipeline/relay-process.ts";

/** Restarts the relay as Kubernetes does: it runs while it is wanted, until a test kills it. */
export type RelayKeeper = {
  /** Starts keeping it running; does not wait for it. */
  readonly want: () => void;
  /** Starts keeping it running; resolves when it is ready, or when a timeout was recorded in `troubles`. */
  readonly ready: () => Promise<void>;
  /** SIGSTOP: it is suspended, and cannot notice it. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Whether its log logs that it holds the Lease. */
  readonly isActive: () => boolean;
  /** SIGKILL, at any moment; it is not restarted afterwards. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; it has 10 s. */
  readonly stop: () => Promise<void>;
  /** It exited unexpectedly after it had been ready, or did not become ready in time. */
  readonly troubles: readonly Miss[];
  /** Resolves true when a new line of its log contains this text, false after the timeout. */
  readonly logs: (text: string, timeoutMs: number) => Promise<boolean>;
};

/** pino's level for warnings. */
const WARN = 40;
const RESTART_MS = 200;
const POLL_MS = 100;
const READY_TIMEOUT_MS = 40_000;

export function createRelayKeeper(options: {
  readonly script: string;
  readonly config: string;
  readonly stateDir: string;
  readonly lease?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly report: (text: string) => void;
  /** Used in reports if there are two relays. */
  readonly name?: string | undefined;
}): RelayKeeper {
  const { name = "relay" } = options;
  const troubles: Miss[] = [];
  let isActive = false;
  const become = (active: boolean): void => {
    if (active !== isActive)
      options.report(`${name} is ${active ? "the leader" : "no longer the leader"}`);
    isActive = active;
  };
  const listeners = new Set<(line: string) => void>();
  const relay = createRelayProcess({
    ...options,
    onLine(line) {
      const trouble = readTrouble(line);
      if (trouble !== undefined) options.report(`${name}: ${trouble}`);
      if (line.includes("leader: this relay holds the Lease")) become(true);
      if (/lost the Lease|released the Lease/.test(line)) become(false);
      for (const listen of listeners) listen(line);
    },
  });
  let isReady = false;
  let keeping: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  /** Starts one process after the other, until the signal is aborted. */
  const keep = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        await relay.start(signal);
        isReady = true;
        options.report(`the ${name} is ready`);
        while (!signal.aborted && relay.broken() === undefined) await sleep(POLL_MS);
        const problem = relay.broken();
        if (!signal.aborted && problem !== undefined) {
          troubles.push({ rule: "exited unexpectedly", text: problem });
        }
      } catch (error) {
        if (!signal.aborted) options.report(describeError(error).slice(0, 300));
      }
      isReady = false;
      if (signal.aborted) return;
      await relay.kill();
      await sleep(RESTART_MS);
    }
  };
  const want = (): void => {
    if (keeping !== undefined) return;
    const stop = new AbortController();
    keeping = { stop, done: keep(stop.signal) };
  };
  const leave = async (end: () => Promise<void>): Promise<void> => {
    const kept = keeping;
    keeping = undefined;
    kept?.stop.abort();
    // A running process ends at once, one that is being started as soon as it exists.
    await end();
    await kept?.done;
    await end();
    isReady = false;
    isActive = false;
  };
  return {
    troubles,
    want,
    async ready() {
      want();
      const deadline = performance.now() + READY_TIMEOUT_MS;
      while (!isReady) {
        if (performance.now() > deadline) {
          const text = `the ${name} was not ready after ${READY_TIMEOUT_MS / 1000} s`;
          troubles.push({ rule: "becomes ready", text });
          return;
        }
        await sleep(POLL_MS / 2);
      }
    },
    freeze: () => relay.signal("SIGSTOP"),
    thaw: () => relay.signal("SIGCONT"),
    isActive: () => isActive,
    kill: () => leave(relay.kill),
    stop: () => leave(relay.stop),
    async logs(text, timeoutMs) {
      const heard = Promise.withResolvers<boolean>();
      const listen = (line: string): void => void (line.includes(text) && heard.resolve(true));
      listeners.add(listen);
      const waited = await Promise.race([heard.promise, sleep(timeoutMs, false)]);
      listeners.delete(listen);
      return waited;
    },
  };
}

/** The warning in a line of the relay's log; undefined if it is not a warning. */
function readTrouble(line: string): string | undefined {
  if (!line.startsWith("{")) return line;
  try {
    const { level, msg } = JSON.parse(line) as { readonly level?: number; readonly msg?: string };
    return (level ?? 0) >= WARN ? (msg ?? line).slice(0, 200) : undefined;
  } catch {
    return line;
  }
}
