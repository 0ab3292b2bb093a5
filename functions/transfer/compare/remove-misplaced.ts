import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { deleteCopy } from "../../../adapters/kubernetes/mirror/write-copy.ts";
import type { MessageContext } from "../../../adapters/lambda/sqs-process.ts";
import { REMEDIATE_KEY } from "../../../core/decide/left-alone.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { Refusal } from "../../../core/mirror/manifest.ts";
import { findOptOut } from "../copy/heed-opt-out.ts";
import { fromTarget, isOfConnection, TargetFailure } from "../copy/target-failure.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";
import type { Misplaced } from "./compare-part.ts";

type Removal = {
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
  const { target } = work;
  let passedOver = 0;
  for (const { copy } of misplaced) {
    // A refusal may take as long as a webhook that does not answer.
    if (passedOver > 0 && isOver()) {
      passedOver += 1;
      continue;
    }
    const refusal = await removeOne({ work, type }, copy, signal);
    if (refusal === undefined) continue;
    passedOver += 1;
    const { namespace, name } = copy.metadata;
    const { code, message: reason } = refusal;
    telemetry.logger.warn("not deleted", { rule: work.rule.id, namespace, name, code, reason });
  }
  if (passedOver > 0) telemetry.count("ComparisonPassedOver", passedOver, { target: target.name });
}

/** Deletes a copy; why not, if it stays. */
async function removeOne(
  { work: { target, rule }, type }: Pick<Removal, "work" | "type">,
  copy: KubernetesObject,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const { name, namespace = null, uid, resourceVersion } = copy.metadata;
  const place = { client: target.client, target: { ...type, namespace, name }, signal };
  const state = { uid, resourceVersion: String(resourceVersion) };
  try {
    const owner = await findOptOut(copy, place, signal);
    if (owner !== undefined) {
      return { code: "OptedOut", message: `${owner} has ${REMEDIATE_KEY}: "false"` };
    }
    await fromTarget(deleteCopy({ ...place, isDryRun: rule.mode === "dryRun" }, state));
    return undefined;
  } catch (error) {
    return toRefusal(error, signal);
  }
}

/** The answer about one object; throws what is about the target as a whole. */
function toRefusal(error: unknown, signal: AbortSignal): Refusal {
  signal.throwIfAborted();
  if (error instanceof TargetFailure && !isOfConnection(error)) return error.cause;
  if (isKubemendError(error)) return error;
  throw error;
}
