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

export type Page = {
  readonly objects: readonly KubernetesObject[];
  /** The token of the next page; absent after the last one. */
  readonly next?: string | undefined;
};

export type Listed = {
  readonly client: KubernetesClient;
  readonly type: ResourceType;
  readonly namespace: string | null;
  readonly selection: Pick<ListSelection, "labelSelector" | "fieldSelector">;
};

/** Objects of a page: those of a comparison are compared as a whole, and a function has 256 MB. */
const PAGE = 250;

/**
 * The page of a list that has this token; without one, the first. An object that is nested too deep, or too large for a page of its own, has
 * only its metadata; one that cannot be read at all is left out.
 */
export async function readPage(
  { client, type, namespace, selection }: Listed,
  next: string | undefined,
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
    return { objects, next: page.next };
  }
  return { objects: [] };
}
