import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { getObject } from "../../adapters/kubernetes/api/objects.ts";
import { findRemains } from "../../adapters/kubernetes/remediation/execute-await-gone.ts";
import { postObject } from "../../adapters/kubernetes/remediation/execute-manifest.ts";
import { executePatch } from "../../adapters/kubernetes/remediation/execute-patch.ts";
import { executeDelete } from "../../adapters/kubernetes/remediation/execute-removal.ts";
import type { ApplyOperation } from "../../core/actions/applyJob/apply-operations.ts";
import { KubemendError } from "../../core/errors.ts";
import type {
  AwaitGoneOperation,
  FieldChange,
  ManifestOperation,
  ObjectAddress,
  OperationOutcome,
} from "../../core/operations/operation.ts";
import { createRedact } from "../../core/redaction/redactor.ts";
import { toProbeName } from "../../core/operations/probe-name.ts";
import { waitUntil, type Waiting } from "./wait-until.ts";

export type CarryOutOptions = Waiting & { readonly dryRun: boolean };

/** Carries out the operations of a decision, one after the other; the uid of the created Job. Throws what the API server refuses. */
export async function carryOut(
  client: KubernetesClient,
  operations: readonly ApplyOperation[],
  options: CarryOutOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  let uid: string | undefined;
  for (const operation of operations) {
    switch (operation.type) {
      case "delete": {
        options.progress(
          `${options.dryRun ? "would delete" : "deletes"} Job ${operation.target.name}`,
        );
        const context = { dryRun: options.dryRun };
        toDone(await executeDelete({ client }, operation, context, signal));
        break;
      }
      case "awaitGone":
        await awaitGone(client, operation, options, signal);
        break;
      case "createManifest":
        uid = await create(client, operation, options, signal);
        break;
    }
  }
  return uid;
}

/** Changes fields of a Job in place. */
export async function changeInPlace(
  client: KubernetesClient,
  change: {
    readonly target: ObjectAddress;
    readonly uid: string;
    readonly changes: readonly FieldChange[];
  },
  { dryRun }: CarryOutOptions,
  signal: AbortSignal,
): Promise<void> {
  const operation = { type: "patch", name: "apply-job", ...change } as const;
  const pipeline = { redact: [] };
  const deps = {
    client,
    pipeline,
    redact: createRedact(pipeline),
    getWhole: (of: ObjectAddress, asked?: AbortSignal) => getObject(client, of, asked),
  };
  toDone(await executePatch(deps, operation, { dryRun }, signal));
}

function toDone(outcome: OperationOutcome): void {
  if (outcome.outcome !== "failed") return;
  const code = outcome.code === "JobRunning" ? "Refused" : "PreconditionFailed";
  throw new KubemendError(code, outcome.message, { retryable: false });
}

async function awaitGone(
  client: KubernetesClient,
  operation: AwaitGoneOperation,
  options: CarryOutOptions,
  signal: AbortSignal,
): Promise<void> {
  if (options.dryRun) return;
  const rest = await waitUntil(() => findRemains(client, operation, signal), options, signal);
  if (rest === undefined) return;
  const message = `${rest}; nothing was created in its place. Apply it again to go on`;
  throw new KubemendError("Timeout", message, { retryable: true });
}

/** A dry run, which has deleted nothing, tries it under another name. */
async function create(
  client: KubernetesClient,
  { target, metadata, spec, replaces }: ManifestOperation,
  { dryRun }: CarryOutOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const name = dryRun && replaces ? toProbeName(target.name, "dry-run") : target.name;
  const manifest = { target: { ...target, name }, metadata, spec };
  const created = await postObject(client, manifest, dryRun, signal);
  return dryRun ? undefined : created.metadata.uid;
}
