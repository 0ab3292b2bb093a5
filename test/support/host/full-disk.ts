import { DatabaseSync } from "node:sqlite";
import { vi } from "vitest";

/**
 * From now on, opened databases are limited to this many pages, so that SQLite reports a full disk. Until it is disposed of.
 */
export function limitDatabases(pages: number): Disposable {
  const exec: (this: DatabaseSync, sql: string) => void = Reflect.get(
    DatabaseSync.prototype,
    "exec",
  );
  const spy = vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function limited(
    this: DatabaseSync,
    sql: string,
  ) {
    exec.call(this, `PRAGMA max_page_count = ${pages}`);
    exec.call(this, sql);
  });
  return { [Symbol.dispose]: () => spy.mockRestore() };
}
