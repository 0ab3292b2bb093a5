import type { WriteOperation } from "../../../core/operations/operation.ts";
import type { StepOutcome } from "../../../core/records/step-progress.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import type { HeldRecord } from "./held-record.ts";
import type { Run } from "./run.ts";

/**
 * If a plan begins with the deletion of a Job that is in the way of the one that it then creates, the creation is tried first, with
 * `dryRun=All`: nothing is deleted for a Job that could not be created. Returns why it could never be created; a failure that may pass is
 * thrown, so that the record waits.
 */
export async function tryCreation(
  operations: readonly WriteOperation[],
  held: HeldRecord,
  { executor, now }: { readonly executor: Executor; readonly now: string },
  { signal }: Run,
): Promise<StepOutcome | undefined> {
  const creation = operations.find(({ type, stage = 0 }) => type === "create" && stage === 0);
  if (creation?.type !== "create") return undefined;
  const context = { record: held.record(), now, dryRun: true };
  const tried = await executor.execute(creation, context, signal);
  return tried.outcome === "failed" ? tried : undefined;
}
