import type { Mirror, MirrorStatus } from "../../events/mirrors/mirror.ts";
import type { MirrorStore } from "../../adapters/kubernetes/mirror/mirror-store.ts";
import { toPrintable } from "../../core/text/printable.ts";
import { sleep } from "../../sandbox/host/sleep.ts";

const INTERVAL_MS = 1_000;

/** A mirror whose comparison was requested, as it was last read. */
export type Awaited = {
  readonly outcome: "compared" | "waiting" | "obsolete";
  readonly mirror: Mirror;
  readonly status: MirrorStatus | undefined;
};

/** Polls mirrors until a comparison has answered the request in each of them, or the time is over. */
export async function awaitComparisons(
  asked: {
    readonly store: Pick<MirrorStore, "read">;
    readonly mirrors: readonly Mirror[];
    readonly request: string;
    readonly timeoutMs: number;
    /** Shows what is awaited. */
    readonly status: (text: string) => void;
  },
  signal: AbortSignal,
): Promise<readonly Awaited[]> {
  const { store, mirrors, request, timeoutMs, status: show } = asked;
  const startedMs = performance.now();
  for (;;) {
    const read: Awaited[] = [];
    for (const mirror of mirrors) {
      const status = await store.read(mirror.spec, signal);
      const isAnswered = status?.lastComparison?.request === request;
      // No comparison will answer for a rule that the functions do not have.
      const open = status?.state === "Obsolete" ? "obsolete" : "waiting";
      read.push({ outcome: isAnswered ? "compared" : open, mirror, status });
    }
    const waiting = read.filter(({ outcome }) => outcome === "waiting");
    const elapsedMs = performance.now() - startedMs;
    if (waiting.length === 0 || elapsedMs >= timeoutMs) return read;
    const names = waiting.map(({ mirror, status }) => `${mirror.spec.target}: ${toState(status)}`);
    show(toPrintable(`${names.join(", ")} (${Math.floor(elapsedMs / 1_000)} s)`));
    await sleep(INTERVAL_MS, signal);
    signal.throwIfAborted();
  }
}

function toState(status: MirrorStatus | undefined): string {
  const isBegun = status?.state === "Comparing" && status.comparison !== undefined;
  if (isBegun) return "comparing";
  if (status?.failingSince !== undefined) return `failing (${status.reason ?? "no reason"})`;
  if (status?.unreachableSince !== undefined) return "the target does not answer";
  return status?.state === "Paused" ? status.state : "waiting for the sweep";
}
