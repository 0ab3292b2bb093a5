import { TRANSFER_SCHEMA_URN, type TransferMessage } from "../../events/transfer.ts";

type Part = Pick<TransferMessage, "id" | "subject" | "time" | "traceparent" | "data">;

/** A message of `transfers.fifo` with this content. */
export function toTransferMessage(part: Part): TransferMessage {
  const { cluster, rule } = part.data;
  return {
    specversion: "1.0",
    source: `/clusters/${cluster.uid}/rules/${rule.id}`,
    type: "dev.kubemend.transfer.requested",
    dataschema: TRANSFER_SCHEMA_URN,
    ...part,
  };
}
