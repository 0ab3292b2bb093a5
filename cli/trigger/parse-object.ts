import type { ObjectAddress } from "../../core/operations/operation.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { SHORT_NAMES } from "../../core/pipeline/advice/short-names.ts";
import { findResource, suggestResource } from "../../core/references/find-resource.ts";
import { misuse } from "../terminal/misuse.ts";

const FORM =
  "write RESOURCE/NAMESPACE/NAME, for example jobs.batch/default/backup-1, or RESOURCE/NAME for a cluster-scoped object";

/** The address of an object that the user named, from what the cluster serves. Throws `InvalidConfiguration` with a hint. */
export function parseObject(text: string, catalog: Catalog): ObjectAddress {
  const [resource = "", ...rest] = text.split("/");
  if (rest.length === 0 || rest.length > 2 || [resource, ...rest].includes("")) {
    throw misuse(`${text} does not name an object: ${FORM}`);
  }
  const served = findResource(catalog, resource);
  if (served === undefined) {
    const short = resource.toLowerCase();
    const near = Object.hasOwn(SHORT_NAMES, short)
      ? SHORT_NAMES[short]
      : suggestResource(catalog, resource);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw misuse(`the cluster does not serve ${resource}${hint}`);
  }
  const { group, version, kind, namespaced } = served;
  const [name = "", namespace = null] = rest.toReversed();
  if (namespaced !== (namespace !== null)) {
    const where = namespaced ? "is namespaced" : "is cluster-scoped";
    throw misuse(`${text}: ${kind} ${where}: ${FORM}`);
  }
  return { group, version, resource: served.resource, kind, namespace, name };
}
