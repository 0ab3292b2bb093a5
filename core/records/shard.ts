import { sha256 } from "../../events/ids.ts";
import type { RecordSpec } from "../../events/remediation.ts";

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
