import { sha256 } from "../../events/ids.ts";
import { TRANSFER_SCHEMA_URN, type MoveMessage } from "../../events/transfer.ts";
import { NO_TRACE } from "../records/messages/wakeup.ts";

/** A message that asks for a Move to be worked on, as an entry of `transfers.fifo`. */
export type MoveEntry = {
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
};

/**
 * The messages of a Move are a group, so that they are processed one after the other, and delay no others. Of several with one `occasion`,
 * the queue delivers one.
 */
export function toMoveEntry(
  cluster: { readonly name: string; readonly uid: string },
  { name, uid }: { readonly name: string; readonly uid: string },
  { occasion, nowMs }: { readonly occasion: string; readonly nowMs: number },
): MoveEntry {
  const id = sha256("move", cluster.uid, uid, occasion);
  const message: MoveMessage = {
    specversion: "1.0",
    id,
    source: `/clusters/${cluster.uid}/moves/${name}`,
    type: "dev.kubemend.transfer.requested",
    subject: name,
    time: new Date(nowMs).toISOString(),
    dataschema: TRANSFER_SCHEMA_URN,
    traceparent: NO_TRACE,
    data: { cluster, reason: "move", move: { name, uid } },
  };
  const groupId = sha256("move", cluster.uid, uid);
  return { body: JSON.stringify(message), groupId, deduplicationId: id };
}
