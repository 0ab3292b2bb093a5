import type { Journal, JournalRow } from "../../../adapters/journal/journal.ts";

/** Creates the journal's row for one object. */
export function findRow(
  journal: Journal,
  watch: string,
  object: { readonly namespace: string; readonly name: string; readonly uid: string },
): JournalRow | undefined {
  const rows = journal.listByName(watch, object.namespace, object.name);
  return rows.find(({ uid }) => uid === object.uid);
}
