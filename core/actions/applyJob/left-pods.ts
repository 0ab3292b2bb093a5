import type { KubernetesObject } from "../../../events/change.ts";
import { EACH } from "../../json/field-pattern.ts";
import { readField, readList } from "../../json/read-json.ts";
import { toAddressBeside } from "../contract/cluster.ts";
import type { ObjectAddress, ReadOperation } from "../../operations/operation.ts";

const OWNER = ["metadata", "ownerReferences", EACH];

/** The collection of Pods that a deleted Job of this name may have left behind, with the fields that `toJobUids` reads. */
export function toPodsOf(
  job: ObjectAddress,
): Omit<Extract<ReadOperation, { readonly type: "list" }>, "type" | "as"> {
  return {
    target: toAddressBeside({ group: "", version: "v1", resource: "pods", kind: "Pod" }, job),
    labelSelector: `batch.kubernetes.io/job-name=${job.name}`,
    fields: [
      [...OWNER, "apiVersion"],
      [...OWNER, "kind"],
      [...OWNER, "uid"],
      [...OWNER, "controller"],
    ],
  };
}

/** The API server accepts any text as the uid of an owner; one that is no value of a label is that of no Job, and would be no selector. */
const UID = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** The Jobs that control these Pods. */
export function toJobUids(pods: readonly KubernetesObject[]): readonly string[] {
  const uids = pods.flatMap((pod) =>
    readList(readField(pod, "metadata", "ownerReferences")).flatMap((owner) => {
      const uid = readField(owner, "uid");
      const isJob =
        readField(owner, "kind") === "Job" &&
        readField(owner, "apiVersion") === "batch/v1" &&
        readField(owner, "controller") === true;
      return isJob && typeof uid === "string" && UID.test(uid) ? [uid] : [];
    }),
  );
  return [...new Set(uids)];
}
