import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import {
  readListPages,
  withKind,
  type ListSelection,
} from "../../../adapters/kubernetes/api/list-pages.ts";
import { toResourcePath } from "../../../adapters/kubernetes/api/path.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { TooDeep } from "../../../core/changes/too-deep.ts";
import { readObject } from "../../../core/changes/read-object.ts";
import { toApiVersion } from "../../../core/references/api-version.ts";
import type { ListPlace } from "./cursor.ts";

export type Page = { readonly objects: readonly KubernetesObject[]; readonly place: ListPlace };

export type Listed = {
  readonly client: KubernetesClient;
  readonly type: ResourceType;
  readonly namespace: string | null;
  readonly selection: Pick<ListSelection, "labelSelector" | "fieldSelector">;
};

/** Objects of a page: those of a comparison are compared as a whole, and a function has 256 MB. */
const PAGE = 250;

/**
 * The next page of a list. An object that is nested too deep, or too large for a page of its own, has only its metadata; what cannot be read
 * at all is left out.
 */
export async function readPage(
  { client, type, namespace, selection }: Listed,
  { next }: ListPlace,
  signal: AbortSignal,
): Promise<Page> {
  const path = toResourcePath({ ...type, namespace });
  const asked = { ...selection, limit: PAGE, continue: next };
  const head = { apiVersion: toApiVersion(type), kind: type.kind };
  for await (const page of readListPages(client, path, asked, signal)) {
    const objects = page.items.flatMap((item) => {
      const read = readObject(item instanceof TooDeep ? item : withKind(item, head), type);
      return read.ok ? [read.value.object] : [];
    });
    return { objects, place: { next: page.next, isDone: page.next === undefined } };
  }
  return { objects: [], place: { isDone: true } };
}
