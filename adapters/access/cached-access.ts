import { KubemendError } from "../../core/errors.ts";
import type { AccessSource } from "../kubernetes/connect/access-source.ts";
import type { ClusterAccess } from "../kubernetes/connect/kubeconfig.ts";

export type LoadedAccess = {
  readonly access: ClusterAccess;
  /** When new credentials must be loaded, in ms since the epoch; absent: only once these are refused. */
  readonly expiresAtMs?: number | undefined;
};

/** The longest wait for credentials; AWS gives them within a second. The load itself continues, for whoever asks next. */
const LOAD_MAX_MS = 10_000;

/**
 * Keeps what was loaded across the invocations of a warm function, until it expires or is refused. Concurrent callers share one
 * load; after a failed load the next caller tries again. No caller waits for a load for longer than 10 s. `now` is wall-clock time, because the monotonic clock of a frozen
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
      loading ??= load()
        .then((loaded) => (kept = loaded))
        .finally(() => (loading = undefined));
      return (await withinTime(loading, description)).access;
    },
    invalidate(refused) {
      // Several requests may be refused at once, the last of them after new credentials have been loaded.
      if (kept?.access === refused) kept = undefined;
    },
  };
}

async function withinTime<T>(loading: Promise<T>, description: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `${description} did not give the credentials within ${LOAD_MAX_MS} ms`;
    late.reject(new KubemendError("CredentialUnreachable", message, { retryable: true }));
  }, LOAD_MAX_MS);
  try {
    return await Promise.race([loading, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
