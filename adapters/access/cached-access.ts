import type { AccessSource } from "../kubernetes/connect/access-source.ts";
import type { ClusterAccess } from "../kubernetes/connect/kubeconfig.ts";

export type LoadedAccess = {
  readonly access: ClusterAccess;
  /** When new credentials must be loaded, in ms since the epoch; absent: only once these are refused. */
  readonly expiresAtMs?: number | undefined;
};

/**
 * Keeps what was loaded across the invocations of a warm function, until it expires or is refused. Concurrent callers share one
 * load; after a failed load the next caller tries again. `now` is wall-clock time, because the monotonic clock of a frozen
 * function stands still.
 */
export function createCachedAccess(
  deps: Omit<AccessSource, "current" | "invalidate"> & {
    readonly load: () => Promise<LoadedAccess>;
    /** ms since the epoch. */
    readonly now: () => number;
  },
): AccessSource {
  const { description, hint, load, now } = deps;
  let kept: LoadedAccess | undefined;
  let loading: Promise<LoadedAccess> | undefined;
  return {
    description,
    hint,
    async current() {
      if (kept !== undefined && now() < (kept.expiresAtMs ?? Infinity)) return kept.access;
      loading ??= load().finally(() => (loading = undefined));
      const loaded = await loading;
      kept = loaded;
      return loaded.access;
    },
    invalidate(refused) {
      // Several requests may be refused at once, the last of them after new credentials have been loaded.
      if (kept?.access === refused) kept = undefined;
    },
  };
}
