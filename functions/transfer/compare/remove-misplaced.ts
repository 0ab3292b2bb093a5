import type { ResourceType } from "../../../events/change.ts";
import { deleteCopy } from "../../../adapters/kubernetes/mirror/write-copy.ts";
import type { MessageContext } from "../../../adapters/lambda/sqs-process.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { fromTarget, isOfConnection, TargetFailure } from "../copy/target-failure.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";
import type { Misplaced } from "./compare-part.ts";

export type Removal = {
  readonly work: Pick<MirrorWork, "rule" | "target">;
  /** Of the copies. */
  readonly type: ResourceType;
  /** Whether the time of this part of the comparison is over. */
  readonly isOver: () => boolean;
};

/**
 * Deletes copies at places that the rule no longer maps to. One that the target does not let go is counted and passed over, and the next
 * comparison finds it again: a policy or a webhook for one object must not end the comparison of all. Throws a TargetFailure if the target
 * itself does not answer.
 */
export async function removeMisplaced(
  { work, type, isOver }: Removal,
  misplaced: readonly Misplaced[],
  { signal, telemetry }: MessageContext,
): Promise<void> {
  const { target, rule } = work;
  let passedOver = 0;
  for (const { copy } of misplaced) {
    // A refusal may take as long as a webhook that does not answer.
    if (passedOver > 0 && isOver()) {
      passedOver += 1;
      continue;
    }
    const { name, namespace = null, uid, resourceVersion } = copy.metadata;
    const place = { client: target.client, target: { ...type, namespace, name }, signal };
    const state = { uid, resourceVersion: String(resourceVersion) };
    try {
      await fromTarget(deleteCopy({ ...place, isDryRun: rule.mode === "dryRun" }, state));
    } catch (error) {
      const { code, message: reason } = toRefusal(error, signal);
      passedOver += 1;
      telemetry.logger.warn("not deleted", { rule: rule.id, namespace, name, code, reason });
    }
  }
  if (passedOver > 0) telemetry.count("ComparisonPassedOver", passedOver, { target: target.name });
}

/** The answer about one object; throws what is about the target as a whole. */
function toRefusal(error: unknown, signal: AbortSignal) {
  signal.throwIfAborted();
  if (error instanceof TargetFailure && !isOfConnection(error)) return error.cause;
  if (isKubemendError(error)) return error;
  throw error;
}
