import type { ResourceType } from "../../../events/change.ts";
import { hasOptedOut } from "../../../core/decide/left-alone.ts";
import {
  isObject,
  readField,
  readList,
  readOwn,
  readTextMap,
} from "../../../core/json/read-json.ts";
import { readOwners } from "../../../core/mirror/owners.ts";
import { findOwnOfCluster } from "../../../core/move/plan/own-of-cluster.ts";
import { readClusterName } from "../../../core/move/tools/cluster-api.ts";
import { readManagerMark } from "../../../core/move/tools/managers.ts";
import { toResourceName } from "../../../core/references/resource-name.ts";
import type { SetObject } from "../../../core/move/set-object.ts";

/** The object of an item of a list; undefined if it has no identity, as some aggregated APIs answer. */
export function toSetObject(item: unknown, type: ResourceType): SetObject | undefined {
  const metadata = readOwn(item, "metadata");
  const [name, uid, namespace, version] = ["name", "uid", "namespace", "resourceVersion"].map(
    (key) => readOwn(metadata, key),
  );
  if (!isObject(metadata) || !isText(name) || !isText(uid)) return undefined;
  const resource = toResourceName(type);
  return {
    type,
    namespace: type.namespaced && isText(namespace) ? namespace : null,
    name,
    uid,
    resourceVersion: isText(version) ? version : "",
    owners: readOwners(item),
    finalizers: readList(readField(item, "metadata", "finalizers")).filter(isText),
    isTerminating: isText(readOwn(metadata, "deletionTimestamp")),
    annotations: readTextMap(readOwn(metadata, "annotations")),
    isOptedOut: isObject(item) && hasOptedOut(item),
    ownOfCluster: findOwnOfCluster(item, resource),
    clusterName: readClusterName(item, resource),
    managerMark: readManagerMark(item),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
