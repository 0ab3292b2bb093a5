import type { DatabaseSync } from "node:sqlite";
import type { KubemendError } from "../../core/errors.ts";

export type Transaction = {
  /** Runs a statement. After the first failure it throws that failure, and runs nothing any more. */
  readonly attempt: <T>(work: () => T) => T;
  /** Runs a write as part of the open transaction, which it begins if there is none. */
  readonly stage: (work: () => void) => void;
  /** Makes all staged writes durable together. */
  readonly commit: () => void;
  /** Commits, unless something has failed, and closes the database. */
  readonly close: () => void;
};

/** One transaction after the other on a database. `toError` converts a failure; `beforeCommit` may add statements to a commit. */
export function createTransaction(deps: {
  readonly database: DatabaseSync;
  readonly toError: (error: unknown) => KubemendError;
  readonly beforeCommit: () => void;
}): Transaction {
  const { database, toError, beforeCommit } = deps;
  const begin = database.prepare("BEGIN");
  const end = database.prepare("COMMIT");
  let isOpen = false;
  let failure: KubemendError | undefined;
  const attempt = <T>(work: () => T): T => {
    // SQLite rolled back what was staged: a checkpoint that is written now would be ahead of its rows.
    if (failure !== undefined) throw failure;
    try {
      return work();
    } catch (error) {
      failure = toError(error);
      throw failure;
    }
  };
  const commit = (): void =>
    attempt(() => {
      if (!isOpen) return;
      beforeCommit();
      end.run();
      isOpen = false;
    });
  const stage = (work: () => void): void =>
    attempt(() => {
      if (!isOpen) begin.run();
      isOpen = true;
      work();
    });
  const close = (): void => {
    try {
      if (failure === undefined) commit();
    } finally {
      database.close();
    }
  };
  return { attempt, stage, commit, close };
}
