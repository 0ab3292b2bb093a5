import { sha256 } from "../../../events/ids.ts";
import type { RecordStatus, RemediationRecord } from "../../../events/remediation.ts";
import { findAction } from "../../actions/registry.ts";
import { toCanonicalJson } from "../../json/canonical-json.ts";
import { isObject, readField } from "../../json/read-json.ts";
import type { Pipeline, RuleAction } from "../../pipeline/pipeline.ts";

/** In `status.writes` of a record that writes more than one object; which ones, its plan says. */
export const SEVERAL = "several";

const DIGEST_LENGTH = 40;
/** They write to an object that exists, which they state by its uid. What they create is their own. */
const WRITING: ReadonlySet<unknown> = new Set(["patch", "delete", "evict"]);

/**
 * The uids of the objects that a plan writes to, without the targets of fan-outs, which are found while it is carried out, and without
 * active runs that make way for a new one. Before the uid of an object in another cluster stands the name of that.
 */
export function findWrittenUids({ plan }: Pick<RecordStatus, "plan">): readonly string[] {
  const uids = (plan?.operations ?? []).flatMap((operation) => {
    const uid = readField(operation, "uid");
    const isWriting =
      WRITING.has(readField(operation, "type")) && readField(operation, "unlessEnded") !== true;
    if (!isWriting || typeof uid !== "string") return [];
    const cluster = readField(operation, "target", "cluster");
    return typeof cluster === "string" ? [`${cluster}/${uid}`] : [uid];
  });
  return [...new Set(uids)];
}

/** The status with the object that its plan writes to, as a field that can be selected. */
export function withWrites(status: RecordStatus, { spec }: RemediationRecord): RecordStatus {
  const [first, ...others] = findWrittenUids(status);
  if (first === undefined) return status;
  return { ...status, writes: others.length > 0 ? SEVERAL : toWrites(spec.cluster.uid, first) };
}

/** The value of `status.writes` for one object. */
export function toWrites(clusterUid: string, uid: string): string {
  return sha256(clusterUid, uid).slice(0, DIGEST_LENGTH);
}

/**
 * The values of `status.writes` of other records that may write to an object of this plan. None, and so no request, if the plan writes to
 * nothing but its trigger, and no rule acts upon such objects from elsewhere.
 */
export function findRivalWrites(record: RemediationRecord, pipeline: Pipeline): readonly string[] {
  const { spec, status } = record;
  if (!mayShareWrites(record, pipeline)) return [];
  const uids = findWrittenUids(status ?? {});
  const writesSeveral = pipeline.rules.some(
    ({ then, onFailure = [] }) => new Set([...then, ...onFailure].flatMap(toTargetKey)).size > 1,
  );
  return [
    ...uids.map((uid) => toWrites(spec.cluster.uid, uid)),
    ...(writesSeveral ? [SEVERAL] : []),
  ];
}

/** Whether records of other triggers may write to an object that this one writes to, by its `status.writes`. */
export function mayShareWrites({ spec, status }: RemediationRecord, pipeline: Pipeline): boolean {
  if (spec.mode === "dryRun" || status?.writes === undefined) return false;
  const { group, resource, uid } = spec.trigger;
  if (status.writes !== toWrites(spec.cluster.uid, uid)) return true;
  const name = group === "" ? resource : `${resource}.${group}`;
  const actions = pipeline.rules.flatMap(({ then, onFailure = [] }) => [...then, ...onFailure]);
  return actions.some((action) => mayWriteFromElsewhere(action, name));
}

function toTargetKey({ action, parameters }: RuleAction): readonly string[] {
  const { target = "trigger", targets } = parameters;
  const isOne = findAction(action)?.targets !== undefined && targets === undefined;
  return isOne ? [toCanonicalJson([target])] : [];
}

/** Whether an action may write to an object of this resource that is not the trigger of its rule. */
function mayWriteFromElsewhere({ action, parameters }: RuleAction, resource: string): boolean {
  const of = findAction(action)?.targets;
  const target = parameters["target"];
  // The objects of this cluster are not those of another one.
  if (of === undefined || !isObject(target) || Object.hasOwn(target, "cluster")) return false;
  const named = target["resource"];
  if (typeof named === "string") return named === resource;
  return of.others || Object.hasOwn(of.kinds, resource);
}
