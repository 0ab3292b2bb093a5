import { readField, readList } from "../../json/read-json.ts";
import type { Verdict } from "../targets/verdict.ts";

/** The kubelet runs these from files on the Node, and would run them again. */
const MIRROR = "kubernetes.io/config.mirror";
const FINISHED: ReadonlySet<unknown> = new Set(["Succeeded", "Failed"]);

/**
 * Whether a Pod has to leave a Node that is drained, as `kubectl drain` decides it: static Pods, those of a DaemonSet, and those that are
 * being deleted stay as they are. Refused with UnmanagedPod and LocalStorage, because the Pod or its data would be lost.
 * @see https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
 */
export function judgePod(
  pod: unknown,
  allowed: { readonly force: boolean; readonly deleteEmptyDirData: boolean },
): Verdict {
  const isLeaving = readField(pod, "metadata", "deletionTimestamp") !== undefined;
  const isStatic = readField(pod, "metadata", "annotations", MIRROR) !== undefined;
  if (isLeaving || isStatic) return { outcome: "none" };
  // Nothing of a Pod that has finished is lost.
  if (FINISHED.has(readField(pod, "status", "phase"))) return { outcome: "target" };
  const owners = readList(readField(pod, "metadata", "ownerReferences"));
  const controller = owners.find((owner) => readField(owner, "controller") === true);
  if (readField(controller, "kind") === "DaemonSet") return { outcome: "none" };
  if (controller === undefined && !allowed.force) {
    const message =
      "has no controller that would create it elsewhere: delete it, or set force: true";
    return { outcome: "refused", code: "UnmanagedPod", message };
  }
  const volumes = readList(readField(pod, "spec", "volumes"));
  const local = volumes.find((volume) => readField(volume, "emptyDir") !== undefined);
  if (local === undefined || allowed.deleteEmptyDirData) return { outcome: "target" };
  const message = `would lose the data of its emptyDir volume ${String(readField(local, "name"))}: set deleteEmptyDirData: true`;
  return { outcome: "refused", code: "LocalStorage", message };
}
