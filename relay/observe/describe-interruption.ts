import { describeError } from "../../core/errors.ts";
import type { PlannedWatch } from "../plan/planned-watch.ts";
import { describeAnswer } from "../reflector/answer.ts";
import type { Ending } from "../reflector/ending.ts";

/** A watch as reports name it. */
export type NamedWatch = Pick<PlannedWatch, "key" | "name" | "target">;

/** What happened, and what to do about it if anything can be done. */
export function describeInterruption(watch: NamedWatch, ending: Ending): string {
  switch (ending.type) {
    case "answered":
      return describeStatus(watch, ending);
    case "unreachable":
      return describeError(ending.error);
    case "silent":
      return `the watch of ${watch.name} received neither event nor bookmark in time`;
    case "noEndBookmark":
      return `the snapshot of ${watch.name} did not end in time: falling back to LIST and WATCH for a while`;
    case "unreadable":
      return `the watch of ${watch.name} received ${ending.reason}`;
    case "rolledBack":
      return `etcd rollback: the cluster's resourceVersion is ${ending.current}, but ${ending.seen} was seen before; all objects are sent again`;
    case "unordered":
      return `resourceVersions of ${watch.name} have no order: a snapshot is taken instead of resuming`;
    case "closed":
    case "stopped":
      return `the watch of ${watch.name} ended`;
  }
}

function describeStatus(
  watch: NamedWatch,
  { status, verb, body }: Extract<Ending, { type: "answered" }>,
): string {
  const { resource, namespace } = watch.target;
  const where = namespace === null ? "" : ` in namespace ${namespace}`;
  const said = describeAnswer(body);
  const answered = `${verb} ${watch.name}${where}: the API server answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 403) {
    const verbs = verb === "get" ? '"get"' : '"list", "watch"';
    const rule = `{apiGroups: ["${resource.group}"], resources: ["${resource.resource}"], verbs: [${verbs}]}`;
    const owner = namespace === null ? "ClusterRole" : `Role${where}`;
    return `${answered} (add ${rule} to the relay's ${owner})`;
  }
  if (status === 404) return `${answered} (the cluster does not serve it now; will be retried)`;
  return answered;
}
