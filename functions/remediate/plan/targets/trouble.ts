import { isKubemendError, type ErrorCode } from "../../../../core/errors.ts";

/** If so many first attempts in a row fail for a reason that may pass, the next ones probably would, too. */
const FAILURES_IN_A_ROW_MAX = 3;
/** If they are in so many namespaces, it is not the reason of one of them. */
const NAMESPACES_MAX = 3;

/** They may pass, but are about one object or namespace, and say nothing about others. */
const OWN: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["QuotaExceeded", "Conflict"]);

/**
 * What the failed attempts of a run say about the targets that were not attempted yet. Trouble of a namespace is its own: its other targets
 * are left for later, and those of other namespaces go on.
 */
export type Trouble = {
  /** Whether the other targets of this namespace are left for later. */
  readonly isIn: (namespace: string) => boolean;
  readonly succeeded: () => void;
  /** Notes that a first attempt failed for a reason that may pass; true if it seems to be everybody's reason. */
  readonly failed: (namespace: string, error: unknown) => boolean;
};

/** `namespaces` are those of the targets that have not been attempted yet. */
export function watchTrouble(namespaces: readonly string[]): Trouble {
  const all = new Set(namespaces);
  const inARow = new Map<string, number>();
  const isIn = (namespace: string): boolean =>
    (inARow.get(namespace) ?? 0) >= FAILURES_IN_A_ROW_MAX;
  return {
    isIn,
    succeeded: () => inARow.clear(),
    failed(namespace, error) {
      if (isKubemendError(error) && OWN.has(error.code)) return false;
      inARow.set(namespace, (inARow.get(namespace) ?? 0) + 1);
      if (inARow.size >= NAMESPACES_MAX) return true;
      return [...all].every(isIn);
    },
  };
}
