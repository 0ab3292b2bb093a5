import type { AccessSource } from "../kubernetes/connect/access-source.ts";
import type { ClusterAccess } from "../kubernetes/connect/kubeconfig.ts";

export type LoadedAccess = {
  readonly access: ClusterAccess;
  /** When another is to be had, in ms since the epoch; absent: when this one is refused. */
  readonly expiresAtMs?: number | undefined;
};

/**
 * Keeps what was loaded over the invocations of a warm function, until it expires or is refused. Whoever asks meanwhile shares
 * one load; one that failed is tried again by the next who asks. The clock is the wall's: a frozen function's own stands still.
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
      // Several requests may be refused at once, the last of them after the new one is here.
      if (kept?.access === refused) kept = undefined;
    },
  };
}
