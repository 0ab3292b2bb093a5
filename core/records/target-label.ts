import { sha256 } from "../../events/ids.ts";
import type { RecordSpec } from "../../events/remediation.ts";

/**
 * A label of every record: its target, by which the records of one target are found. The target is the trigger: what an action would
 * write to is known only when it is planned, and the objects that it creates are its own.
 */
export const TARGET_LABEL = "kubemend.dev/target";

const DIGEST_LENGTH = 40;

/** The value of the label. By uid: an object that was deleted and created again is another target. */
export function toTarget({ cluster, trigger }: Pick<RecordSpec, "cluster" | "trigger">): string {
  return sha256(cluster.uid, trigger.uid).slice(0, DIGEST_LENGTH);
}
