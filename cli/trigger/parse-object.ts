import type { ObjectAddress } from "../../core/operations/operation.ts";
import { KubemendError } from "../../core/errors.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { findResource, suggestResource } from "../../core/references/find-resource.ts";

const FORM =
  "an object is written RESOURCE/NAMESPACE/NAME, as jobs.batch/default/backup-1, or RESOURCE/NAME where it is in no namespace";

/** An object, as a user names it, by what the cluster serves. Throws `InvalidConfiguration` and says what would be right. */
export function parseObject(text: string, catalog: Catalog): ObjectAddress {
  const [resource = "", ...rest] = text.split("/");
  if (rest.length === 0 || rest.length > 2 || [resource, ...rest].includes("")) {
    throw misuse(`${text} names no object: ${FORM}`);
  }
  const served = findResource(catalog, resource);
  if (served === undefined) {
    const near = suggestResource(catalog, resource);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw misuse(`the cluster does not serve ${resource}${hint}`);
  }
  const { group, version, kind, namespaced } = served;
  const [name = "", namespace = null] = rest.toReversed();
  if (namespaced !== (namespace !== null)) {
    const where = namespaced ? "is in a namespace" : "is in no namespace";
    throw misuse(`${text}: ${kind} ${where}: ${FORM}`);
  }
  return { group, version, resource: served.resource, kind, namespace, name };
}

function misuse(message: string): KubemendError {
  return new KubemendError("InvalidConfiguration", message, { retryable: false });
}
