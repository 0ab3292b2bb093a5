import { toNamespace, type TargetEntry } from "../../../../core/records/targets/progress.ts";

/** New targets in a page. */
const NEW_MAX = 100;
/** Those of earlier pages that still wait stay in the page beside the new ones. */
const ENTRIES_MAX = 400;
/** The page is stored in the record, beside the plan. */
const PAGE_MAX_BYTES = 80 * 1024;
/** Of the room that is left, one namespace gets this part, so that many namespaces with waiting targets do not fill the page either. */
const SHARE = 1 / 4;

/** The room for new targets in a page. */
export type PageRoom = {
  readonly isFull: () => boolean;
  /** Whether a namespace has had its share, while targets of others are pending. A page in which none waits is for whoever comes first. */
  readonly hasHadShare: (namespace: string) => boolean;
  readonly add: (entry: TargetEntry) => void;
};

export function createPageRoom(
  page: readonly TargetEntry[],
  namespaces: ReadonlySet<string>,
): PageRoom {
  const own = new Map<string, number>();
  let [bytes, entries, added] = [0, 0, 0];
  const add = (entry: TargetEntry): void => {
    const namespace = toNamespace(entry.at);
    const size = JSON.stringify(entry).length;
    own.set(namespace, (own.get(namespace) ?? 0) + size);
    bytes += size;
    entries += 1;
  };
  for (const entry of page) add(entry);
  const isShared = page.length > 0 && namespaces.size > 1;
  return {
    isFull: () => added >= NEW_MAX || entries >= ENTRIES_MAX || bytes >= PAGE_MAX_BYTES,
    hasHadShare: (namespace) =>
      isShared && (own.get(namespace) ?? 0) > (PAGE_MAX_BYTES - bytes) * SHARE,
    add(entry) {
      add(entry);
      added += 1;
    },
  };
}
