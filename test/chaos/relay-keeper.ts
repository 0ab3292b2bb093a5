import { setTimeout as sleep } from "node:timers/promises";
import { describeError } from "../../core/errors.ts";
import type { Miss } from "./checked.ts";
import { createRelayProcess } from "../../sandbox/pipeline/relay-process.ts";

/** What Kubernetes does for the relay: it runs while it is wanted. Whoever wants it away kills it. */
export type RelayKeeper = {
  /** Wants it to run; does not wait for it. */
  readonly want: () => void;
  /** Wants it to run; resolves when it is ready, or when that takes so long that it is a trouble. */
  readonly ready: () => Promise<void>;
  /** SIGSTOP: it does nothing, and does not know. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** By its own word: it holds the Lease. */
  readonly isActive: () => boolean;
  /** SIGKILL, at whatever it is; it is not wanted then. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; it has 10 s. */
  readonly stop: () => Promise<void>;
  /** It ended after it had been ready, and nobody had asked for that; or did not get ready. */
  readonly troubles: readonly Miss[];
  /** Resolves true when a line of its log has this text from now on, false after the time. */
  readonly says: (text: string, timeoutMs: number) => Promise<boolean>;
};

/** pino's. */
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
  readonly tell: (text: string) => void;
  /** In what is told, where there are two. */
  readonly name?: string | undefined;
}): RelayKeeper {
  const { name = "relay" } = options;
  const troubles: Miss[] = [];
  let isActive = false;
  const become = (active: boolean): void => {
    if (active !== isActive) options.tell(`${name} is ${active ? "active" : "no longer active"}`);
    isActive = active;
  };
  const listeners = new Set<(line: string) => void>();
  const relay = createRelayProcess({
    ...options,
    onLine(line) {
      const trouble = readTrouble(line);
      if (trouble !== undefined) options.tell(`${name}: ${trouble}`);
      if (line.includes("leader: this relay holds the Lease")) become(true);
      if (/lost the Lease|released the Lease/.test(line)) become(false);
      for (const listen of listeners) listen(line);
    },
  });
  let isReady = false;
  let keeping: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  /** One life after the other, until it is told to stop. */
  const keep = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        await relay.start(signal);
        isReady = true;
        options.tell(`the ${name} is ready`);
        while (!signal.aborted && relay.broken() === undefined) await sleep(POLL_MS);
        const problem = relay.broken();
        if (!signal.aborted && problem !== undefined) {
          troubles.push({ rule: "ended by itself", text: problem });
        }
      } catch (error) {
        if (!signal.aborted) options.tell(describeError(error).slice(0, 300));
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
    // What is running goes at once, what is being started as soon as it can be named.
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
          troubles.push({ rule: "gets ready", text });
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
    async says(text, timeoutMs) {
      const heard = Promise.withResolvers<boolean>();
      const listen = (line: string): void => void (line.includes(text) && heard.resolve(true));
      listeners.add(listen);
      const waited = await Promise.race([heard.promise, sleep(timeoutMs, false)]);
      listeners.delete(listen);
      return waited;
    },
  };
}

/** What the relay's log warns of; undefined where it does not. */
function readTrouble(line: string): string | undefined {
  if (!line.startsWith("{")) return line;
  try {
    const { level, msg } = JSON.parse(line) as { readonly level?: number; readonly msg?: string };
    return (level ?? 0) >= WARN ? (msg ?? line).slice(0, 200) : undefined;
  } catch {
    return line;
  }
}
