import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import { deleteCopy } from "../../../adapters/kubernetes/mirror/write-copy.ts";
import { getObject } from "../../../adapters/kubernetes/api/objects.ts";
import type { MessageContext } from "../../../adapters/lambda/sqs-process.ts";
import { isCopy, SOURCE_CLUSTER_ANNOTATION } from "../../../core/decide/copy-mark.ts";
import { REMEDIATE_KEY } from "../../../core/decide/left-alone.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { MirrorVersions } from "../../../core/mirror/choose-version.ts";
import { readProvenance } from "../../../core/mirror/provenance.ts";
import type { Refusal } from "../../../core/mirror/manifest.ts";
import { findOptOut } from "../copy/heed-opt-out.ts";
import { fromTarget, isOfConnection, TargetFailure } from "../copy/target-failure.ts";
import type { MirrorWork } from "../copy/transfer-context.ts";
import type { Misplaced } from "./compare-part.ts";
import { isValid } from "./judge-orphan.ts";

type Removal = {
  readonly work: Pick<MirrorWork, "rule" | "source" | "target">;
  /** The versions in which sources are read and copies are written. */
  readonly versions: MirrorVersions;
  /** Whether the time of this part of the comparison is over. */
  readonly isOver: () => boolean;
};

/**
 * Deletes copies at places that the rule no longer maps to. One that the target does not let go is counted and passed over, and the next
 * comparison finds it again: a policy or a webhook for one object must not end the comparison of all. Throws a TargetFailure if the target
 * itself does not answer.
 */
export async function removeMisplaced(
  { work, versions, isOver }: Removal,
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
    const refusal = await removeOne({ work, versions }, copy, signal);
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
  { work: { source, target, rule }, versions }: Pick<Removal, "work" | "versions">,
  copy: KubernetesObject,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const { name, namespace = null, uid, resourceVersion } = copy.metadata;
  const place = { client: target.client, target: { ...versions.write, namespace, name }, signal };
  const state = { uid, resourceVersion: String(resourceVersion) };
  try {
    const owner = await findOptOut(copy, place, signal);
    if (owner !== undefined) {
      return { code: "OptedOut", message: `${owner} has ${REMEDIATE_KEY}: "false"` };
    }
    if (await isOfCopy({ source, type: versions.read }, copy, signal)) return OF_COPY;
    await fromTarget(deleteCopy({ ...place, isDryRun: rule.mode === "dryRun" }, state));
    return undefined;
  } catch (error) {
    return toRefusal(error, signal);
  }
}

const OF_COPY: Refusal = {
  code: "CopyOfCopy",
  message: `its source is a copy itself: take the annotation ${SOURCE_CLUSTER_ANNOTATION} from the one that is to be the source`,
};

/** Whether the source is a copy itself: it may be one of this very object, so that no original would be left. */
async function isOfCopy(
  { source, type }: Pick<MirrorWork, "source"> & { readonly type: ResourceType },
  copy: KubernetesObject,
  signal: AbortSignal,
): Promise<boolean> {
  const place = readProvenance(copy)?.place;
  if (place === undefined || !isValid(place)) return false;
  return isCopy(await getObject(source.client, { ...type, ...place }, signal));
}

/** The answer about one object; throws what is about the target as a whole. */
function toRefusal(error: unknown, signal: AbortSignal): Refusal {
  signal.throwIfAborted();
  if (error instanceof TargetFailure && !isOfConnection(error)) return error.cause;
  if (isKubemendError(error)) return error;
  throw error;
}
