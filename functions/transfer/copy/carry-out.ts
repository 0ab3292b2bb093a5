import {
  applyCopyStatus,
  createCopy,
  deleteCopy,
  updateCopy,
  type CopyPlace,
  type CopyState,
  type CopyWrite,
} from "../../../adapters/kubernetes/mirror/write-copy.ts";
import { isKubemendError, type KubemendError } from "../../../core/errors.ts";
import type { MirrorDecision } from "../../../core/mirror/mirror-decision.ts";
import type { CopyOutcome } from "./copy-outcome.ts";
import { toMissingNamespace } from "./missing-namespace.ts";
import { fromTarget, TargetFailure } from "./target-failure.ts";
import type { ObjectWork } from "./transfer-context.ts";

const WRITE = { isWrite: true };

/** Carries a decision out; undefined if the copy is no longer in the state that was read, so that it must be read again. */
export async function carryOut(
  work: ObjectWork,
  decision: MirrorDecision,
  place: CopyPlace,
): Promise<CopyOutcome | undefined> {
  switch (decision.outcome) {
    case "nothing":
      return { outcome: "nothing", reason: decision.reason };
    case "conflict":
    case "refused": {
      const { code, message, outcome } = decision;
      return { outcome: "failed", isConflict: outcome === "conflict", code, message };
    }
    case "wait":
      return isHeldUp(work, decision)
        ? {
            outcome: "failed",
            isConflict: false,
            code: "CopyTerminating",
            message: decision.message,
          }
        : { outcome: "retry", code: "Terminating", reason: decision.message };
    case "delete":
      return remove(decision, place);
    case "create":
    case "update":
      return orFailed(place, () => write(decision, place));
  }
}

/** Most deletions take less. After that it waits for a controller or a person, and a message cannot wait as long. */
const TERMINATING_MS = 5 * 60_000;

function isHeldUp(
  { now }: ObjectWork,
  { since }: Extract<MirrorDecision, { readonly outcome: "wait" }>,
): boolean {
  return now() - Date.parse(since) >= TERMINATING_MS;
}

type Write = Extract<MirrorDecision, { readonly outcome: "create" | "update" }>;

async function write(decision: Write, place: CopyPlace): Promise<CopyOutcome | undefined> {
  const { desired } = decision;
  const isNew = decision.outcome === "create";
  let live: CopyState | undefined = isNew ? undefined : decision.precondition;
  if (isNew || decision.writes.object) {
    const written = await writeObject(decision, place);
    if (written.outcome === "lost") return undefined;
    if (written.outcome === "contested") return toContested(written);
    if (written.outcome === "replaced") return toReplaced(place);
    live = toState(written);
  }
  const hasStatus = isNew ? desired.status !== undefined : decision.writes.status;
  // A dry run has created nothing that could have a status.
  if (hasStatus && live !== undefined && !(isNew && place.isDryRun === true)) {
    const written = await fromTarget(
      applyCopyStatus(place, { status: desired.status, live }),
      WRITE,
    );
    if (written.outcome !== "written") return undefined;
  }
  if (isNew) return { outcome: "created" };
  const wasDrift = decision.why === "drift";
  // An addition of the API server itself to a value that is written as a whole looks like drift, and stays.
  const isUnchanged = wasDrift && !hasStatus && isSameState(live, decision.precondition);
  if (isUnchanged && place.isDryRun !== true) return { outcome: "nothing", reason: "inSync" };
  return { outcome: "updated", wasDrift };
}

function isSameState(live: CopyState | undefined, before: CopyState): boolean {
  return live?.resourceVersion === before.resourceVersion;
}

async function writeObject(
  decision: Write,
  place: CopyPlace,
): Promise<CopyWrite | { readonly outcome: "replaced" }> {
  const { manifest } = decision.desired;
  if (decision.outcome === "create") return fromTarget(createCopy(place, manifest), WRITE);
  const { precondition: live, force, mayReplace } = decision;
  try {
    return await fromTarget(updateCopy(place, { manifest, live, force }), WRITE);
  } catch (error) {
    if (!mayReplace || !isKubemendError(error, "Immutable")) throw error;
    await fromTarget(deleteCopy(place, live), WRITE);
    return { outcome: "replaced" };
  }
}

/** Next the copy is created; a dry run has deleted nothing, so the new one cannot be tried. */
function toReplaced({ isDryRun }: CopyPlace): CopyOutcome | undefined {
  return isDryRun === true ? { outcome: "replaced" } : undefined;
}

function toState({ object }: Extract<CopyWrite, { readonly outcome: "written" }>): CopyState {
  const { uid, resourceVersion } = object.metadata;
  return { uid, resourceVersion: String(resourceVersion) };
}

function toContested({ message }: { readonly message: string }): CopyOutcome {
  const why = `others have changed fields of the copy, and drift is report: ${message}`;
  return { outcome: "failed", isConflict: true, code: "Drifted", message: why };
}

function remove(
  decision: Extract<MirrorDecision, { readonly outcome: "delete" }>,
  place: CopyPlace,
): Promise<CopyOutcome | undefined> {
  return orFailed(place, async () => {
    const isDeleted = await fromTarget(deleteCopy(place, decision.precondition), WRITE);
    if (!isDeleted) return undefined;
    return decision.recreate ? toReplaced(place) : { outcome: "deleted" };
  });
}

/** A permanent refusal by the target is an outcome. A quota may have room in the next comparison. */
async function orFailed(
  { target }: CopyPlace,
  work: () => Promise<CopyOutcome | undefined>,
): Promise<CopyOutcome | undefined> {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof TargetFailure ? error.cause : error;
    if (!isKubemendError(cause)) throw error;
    if (cause.retryable && cause.code !== "QuotaExceeded") throw error;
    return { outcome: "failed", isConflict: false, ...toReason(cause, target.namespace) };
  }
}

function toReason(
  { code, message }: KubemendError,
  namespace: string | null,
): { readonly code: string; readonly message: string } {
  if (code !== "NotFound") return { code, message };
  if (!/namespaces ".*" not found/.test(message)) return { code: "NotServed", message };
  return toMissingNamespace(namespace);
}
