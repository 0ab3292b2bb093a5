import type { AlertClass, AlertGroupSpec, AlertGroupStatus } from "../../../events/alert-group.ts";
import { HELD_CODE, type AlertGrouping, type AlertMessage } from "../../../events/alert.ts";
import { sha256, toRecordPrefix } from "../../../events/ids.ts";

/** From one message of a group to the next. */
export const DEFAULT_WINDOW_SECONDS: number = 5 * 60;
/** From one message about alerts that are still open to the next. */
const DEFAULT_REPEAT_SECONDS = 4 * 3_600;

/** How an alert is grouped. */
export type Grouped = {
  /** Name of the AlertGroup: the same for all alerts of the group. */
  readonly name: string;
  readonly spec: AlertGroupSpec;
  readonly windowSeconds: number;
  readonly repeatSeconds: number;
};

/**
 * The group of an alert; undefined if it is sent by itself. A question for an approval is: each needs an answer of its own. An alert of a
 * rule with `group: off` has a group for the time of a silence (`isSilenced`), which counts it.
 */
export function toGroup({ data }: AlertMessage, isSilenced = false): Grouped | undefined {
  const { cluster, rule, to, trigger, preview } = data;
  if (preview !== undefined || (data.grouping === "off" && !isSilenced)) return undefined;
  const { grouping = {} } = data;
  const times: AlertGrouping = grouping === "off" ? {} : grouping;
  const spec = {
    cluster: { name: cluster.name, uid: cluster.uid },
    rule: rule.id,
    to,
    class: toClass(data),
    key: toKey(grouping === "off" ? {} : grouping, trigger.namespace ?? ""),
  };
  const { windowSeconds = DEFAULT_WINDOW_SECONDS, repeatSeconds = DEFAULT_REPEAT_SECONDS } = times;
  return { name: toGroupName(spec), spec, windowSeconds, repeatSeconds };
}

/** The code of the problem of an alert that may be caused by a message of anybody. */
export const UNVERIFIED_CODE = "Unverified";

/**
 * The values of `groupBy` are chosen by those who write the objects of a namespace: they must not join, fill or end the group of another
 * namespace, unless the rule says so.
 */
function toKey({ key, acrossNamespaces = false }: AlertGrouping, namespace: string): string {
  if (acrossNamespaces) return `*/${key ?? ""}`;
  return key === undefined ? namespace : `${namespace}/${key}`;
}

function toClass({ problem }: AlertMessage["data"]): AlertClass {
  if (problem === undefined) return "match";
  if (problem.code === HELD_CODE) return "held";
  return problem.code === UNVERIFIED_CODE ? "unverified" : "problem";
}

/** `<rule id, at most 40 characters>-<20 hex>`, as the names of records. */
function toGroupName(spec: AlertGroupSpec): string {
  const parts = [spec.cluster.uid, spec.rule, spec.to, spec.class, spec.key];
  return `${toRecordPrefix(spec.rule)}-${sha256("alerts", JSON.stringify(parts)).slice(0, 20)}`;
}

/** An alert's id as a group keeps it. */
export function toAlertHash(alertId: string): string {
  return sha256("alert", alertId).slice(0, 16);
}

/** The status of a group that has no alerts yet. */
export function toEmptyStatus({ windowSeconds, repeatSeconds }: Grouped): AlertGroupStatus {
  return { windowSeconds, repeatSeconds, open: [] };
}
