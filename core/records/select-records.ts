import { sha256 } from "../../events/ids.ts";
import { RECORD_PHASES, type RecordSpec } from "../../events/remediation.ts";
import { isEnded } from "./phase.ts";

/** Selects the records that have not ended, those without a status included: `status.phase` is a selectable field of the definition. */
export const OPEN_RECORDS: string = RECORD_PHASES.filter(isEnded)
  .map((phase) => `status.phase!=${phase}`)
  .join(",");

/** Selects the open records of which `status.writes` has this value. */
export function toWritersSelector(writes: string): string {
  return `${OPEN_RECORDS},status.writes=${writes}`;
}

/** Selects the records that wait for the one of this name. */
export function toHeldSelector(name: string): string {
  return `status.phase=Deferred,status.heldBy=${name}`;
}

/** A label of every record: the part of all records that one run of the sweep tidies, if there are too many for one run. */
export const SHARD_LABEL = "kubemend.dev/shard";
/** With 500,000 records about 8,000 a run, and each of them is visited about once an hour. */
export const SHARDS = 64;

/** The shard of a record: two hexadecimal digits. The records of one rule and object share it, so that one run sees which is newest. */
export function toShard({ rule, trigger }: Pick<RecordSpec, "rule" | "trigger">): string {
  const digest = Number.parseInt(sha256(rule.id, trigger.uid).slice(0, 8), 16);
  return toShardName(digest % SHARDS);
}

/** The label's value for a number below `SHARDS`. */
export function toShardName(shard: number): string {
  return shard.toString(16).padStart(2, "0");
}

/**
 * A label of every record: its target, by which the records of one target are found. The target is the trigger: what an action would
 * write to is known only when it is planned, and the objects that it creates are its own.
 */
export const TARGET_LABEL = "kubemend.dev/target";

/**
 * A label of the records of a trigger that has a controller: by it the records of the Pods that replaced one another are found. What evicts
 * or deletes a Pod leaves no annotation on the next one.
 */
export const CONTROLLER_LABEL = "kubemend.dev/controller";

/** The value of the label; undefined if the trigger has no controller. */
export function toController({
  cluster,
  references,
}: Pick<RecordSpec, "cluster" | "references">): string | undefined {
  const found = references.find(({ relation }) => relation === "controller")?.result;
  const uid = found?.outcome === "resolved" ? found.uid : undefined;
  return uid === undefined ? undefined : sha256(cluster.uid, uid).slice(0, DIGEST_LENGTH);
}

/** The beginning of the key of a mirror's records, each of which is about one target: transfer writes them, and nothing is carried out. */
export const MIRROR_KEY_PREFIX = "mirror/";

export function isOfMirror({ onceKey }: Pick<RecordSpec, "onceKey">): boolean {
  return onceKey.startsWith(MIRROR_KEY_PREFIX);
}

/** A label of every record: its rule, by which those are found that its guard holds back. */
export const RULE_LABEL = "kubemend.dev/rule";

const DIGEST_LENGTH = 40;

export type TargetIdentity = {
  readonly cluster: { readonly uid: string };
  readonly trigger: { readonly uid: string };
};

/** The value of the label. By uid: an object that was deleted and created again is another target. */
export function toTarget({ cluster, trigger }: TargetIdentity): string {
  return sha256(cluster.uid, trigger.uid).slice(0, DIGEST_LENGTH);
}
