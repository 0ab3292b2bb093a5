import type { Source } from "../../../adapters/clusters/source.ts";
import { createMoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import type { MessageVerdict } from "../../../adapters/lambda/message-verdict.ts";
import type { MessageContext } from "../../../adapters/lambda/sqs-process.ts";
import { findMoveGrants } from "../../../core/pipeline/moves/find-grants.ts";
import type { MoveMessage } from "../../../events/transfer.ts";
import { workOnMove, type WorkOnMoveDeps } from "./work-on-move.ts";

/** The work on the Moves of a cluster. A message about one is acknowledged if the pipeline lets functions carry out none. */
export function openMoveWork({
  pipeline,
  client,
  discovery,
  namespace,
  ...deps
}: Pick<Source, "pipeline" | "client" | "discovery"> &
  Pick<WorkOnMoveDeps, "open" | "send" | "now" | "sliceMs" | "pauseMs"> & {
    readonly namespace: string;
  }): (message: MoveMessage, context: MessageContext) => Promise<MessageVerdict> {
  const grants = findMoveGrants(pipeline);
  const source = { name: pipeline.cluster.name, client, discovery };
  const store = createMoveStore({ client, namespace });
  return async (message, context) => {
    if (grants.length === 0) return { outcome: "done" };
    return workOnMove({ ...deps, pipeline, grants, source, store }, message, context);
  };
}
