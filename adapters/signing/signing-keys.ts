import { isKubemendError } from "../../core/errors.ts";

/**
 * The keys that sign and verify messages. The first one signs, and each of them verifies: to rotate, add the new key as the last one
 * everywhere, then make it the first, then remove the old one.
 */
export type SigningKeys = {
  /** None if no keys are configured. Throws if they were never readable, or were withdrawn. */
  readonly current: () => Promise<readonly string[]>;
  /** Reads the keys again, because a signature does not match them; at most once in ten seconds. */
  readonly reread: () => Promise<readonly string[]>;
  /** How long it takes until keys are read that are newer than this time (ms since the epoch); 0 if the known ones are, or none are known. */
  readonly msUntilNewer?: ((thanMs: number) => number) | undefined;
};

/** Rotated keys are noticed within this time. */
const KEEP_MS = 60_000;
/** Anybody may put messages with wrong signatures on a queue: they must not cause a request each. */
const REREAD_MS = 10_000;

/** A source without keys is not asked again for every message. */
const FAILED_MS = 5_000;

/**
 * Reads the keys when they are first needed, and keeps them for a minute. If their source is away, the last ones stay in use; if it says
 * that there are none, or something that is no key, that counts: a key is withdrawn, and nothing is signed or verified until the source
 * has keys again. Concurrent callers share one read.
 */
export function createSigningKeys(deps: {
  readonly read: () => Promise<readonly string[]>;
  /** ms since the epoch. */
  readonly now: () => number;
}): SigningKeys {
  let kept: { readonly keys: readonly string[]; readonly atMs: number } | undefined;
  let failed: { readonly error: unknown; readonly atMs: number } | undefined;
  let reading: Promise<readonly string[]> | undefined;
  const read = async (): Promise<readonly string[]> => {
    // Keys that are added while they are read may be missing.
    const atMs = deps.now();
    try {
      kept = { keys: await deps.read(), atMs };
    } catch (error) {
      if (kept === undefined || isWithdrawn(error)) {
        kept = undefined;
        failed = { error, atMs: deps.now() };
        throw error;
      }
      kept = { keys: kept.keys, atMs: deps.now() };
    }
    return kept.keys;
  };
  const readIfOlder = async (ageMs: number): Promise<readonly string[]> => {
    if (kept !== undefined && deps.now() - kept.atMs < ageMs) return kept.keys;
    if (kept === undefined && failed !== undefined && deps.now() - failed.atMs < FAILED_MS) {
      throw failed.error;
    }
    reading ??= read().finally(() => (reading = undefined));
    return reading;
  };
  return {
    current: () => readIfOlder(KEEP_MS),
    reread: () => readIfOlder(REREAD_MS),
    msUntilNewer: (thanMs) => {
      if (kept === undefined || kept.atMs > thanMs) return 0;
      return Math.max(0, kept.atMs + REREAD_MS - deps.now());
    },
  };
}

/** Whether the source was read, and has no valid key: the file or the secret is empty, is gone, or contains something else. */
function isWithdrawn(error: unknown): boolean {
  return (
    isKubemendError(error, "InvalidConfiguration") || isKubemendError(error, "CredentialNotFound")
  );
}

/** For a process without configured keys: nothing is signed, and nothing counts as signed. */
export const NO_SIGNING_KEYS: SigningKeys = {
  current: async () => [],
  reread: async () => [],
};
