import * as v from "valibot";
import { FIRST_ISSUE } from "../../../events/contract.ts";
import {
  RECORD_API_VERSION,
  RECORD_GROUP,
  RECORD_KIND,
  RECORD_RESOURCE,
  RECORD_VERSION,
  remediationRecordSchema,
  type RemediationRecord,
} from "../../../events/remediation.ts";
import { TooDeep } from "../../../core/changes/too-deep.ts";
import type { KubernetesClient } from "../http/client.ts";
import { readListPages, withKind, type ListPage, type ListSelection } from "../api/list-pages.ts";
import { toResourcePath } from "../api/path.ts";

const HEAD = { apiVersion: RECORD_API_VERSION, kind: RECORD_KIND };

export type RecordPage = Omit<ListPage, "items"> & {
  readonly records: readonly RemediationRecord[];
  /** Names of records that this version cannot read. */
  readonly unreadable: readonly string[];
};

/**
 * The selected records, page by page, in the order of their names. No record ends the pages: one that cannot be read is named in
 * `unreadable`, and large ones come in smaller pages. Throws a KubemendError if the API server refuses a page.
 */
export async function* readRecordPages(
  { client, namespace }: { readonly client: KubernetesClient; readonly namespace: string },
  selection: ListSelection,
  signal?: AbortSignal,
): AsyncGenerator<RecordPage> {
  const path = toResourcePath({
    group: RECORD_GROUP,
    version: RECORD_VERSION,
    resource: RECORD_RESOURCE,
    namespace,
  });
  for await (const { items, ...page } of readListPages(client, path, selection, signal)) {
    yield { ...page, ...sort(items) };
  }
}

function sort(items: readonly unknown[]): Pick<RecordPage, "records" | "unreadable"> {
  const records: RemediationRecord[] = [];
  const unreadable: string[] = [];
  for (const item of items) {
    const result = v.safeParse(remediationRecordSchema, withKind(item, HEAD), FIRST_ISSUE);
    if (result.success) records.push(result.output);
    else unreadable.push(toName(item instanceof TooDeep ? item.value : item));
  }
  return { records, unreadable };
}

const named = v.looseObject({ metadata: v.looseObject({ name: v.string() }) });

function toName(item: unknown): string {
  const result = v.safeParse(named, item);
  return result.success ? result.output.metadata.name : "(no name)";
}
