import type { KubernetesObject } from "../../../events/change.ts";
import { readField } from "../../../core/json/read-json.ts";
import { isMarked } from "../../../core/operations/change-marks.ts";
import { describeAddress } from "../../../core/operations/describe-operation.ts";
import type {
  CopiedTemplate,
  ObjectAddress,
  OperationOutcome,
  PatchOperation,
} from "../../../core/operations/operation.ts";
import { toPlainTemplate, toTemplateDigest } from "../../../core/operations/source-digest.ts";
import {
  hasRedactedPaths,
  type DeclaredRedactions,
  type Redact,
} from "../../../core/redaction/redactor.ts";
import type { GetWhole } from "./execute-create.ts";

export type TemplateDeps = {
  readonly pipeline: DeclaredRedactions;
  /** Unredacted: the template is copied from it. */
  readonly getWhole: GetWhole;
  readonly redact: Redact;
};

type Copied =
  | { readonly outcome: "operation"; readonly operation: PatchOperation }
  | (OperationOutcome & { readonly outcome: "failed" });

/**
 * The operation with the Pod template that it copies as one more change of the live object; as it is, if it copies none or was carried out
 * before. Failed if the source, or the template that is replaced, is another one than when the plan was made.
 */
export async function copyTemplate(
  deps: TemplateDeps,
  operation: PatchOperation,
  live: KubernetesObject | null,
  signal: AbortSignal | undefined,
): Promise<Copied> {
  const { template, target, uid } = operation;
  const isDone = live === null || live.metadata.uid !== uid || isMarked(live, operation);
  if (template === undefined || isDone) return { outcome: "operation", operation };
  const { source } = template;
  const found = await deps.getWhole(source, signal);
  const problem =
    findSourceProblem(deps, template, found) ??
    (isSeen(deps, live, target, {
      digest: template.fromDigest,
      generation: template.fromGeneration,
    })
      ? undefined
      : `${describeAddress(target)} has another Pod template`);
  if (problem !== undefined) {
    const message = `${problem} than when the plan was made`;
    return { outcome: "failed", code: "PreconditionFailed", message };
  }
  const path = ["spec", "template"];
  const from = readField(live, ...path);
  const to = toPlainTemplate(readField(found, ...path));
  const changes = [{ path, from, to }, ...operation.changes];
  return { outcome: "operation", operation: { ...operation, changes } };
}

function findSourceProblem(
  deps: TemplateDeps,
  { source, digest, generation }: CopiedTemplate,
  found: KubernetesObject | null,
): string | undefined {
  const what = describeAddress(source);
  if (found?.metadata.uid !== source.uid) return `${what} is another one, or gone, rather`;
  return isSeen(deps, found, source, { digest, generation })
    ? undefined
    : `${what} has another Pod template`;
}

/** Whether an object has the Pod template that the plan was made from. A change of what is redacted shows in the generation only. */
function isSeen(
  { redact, pipeline }: TemplateDeps,
  object: KubernetesObject,
  address: ObjectAddress,
  seen: { readonly digest: string; readonly generation: number | undefined },
): boolean {
  const template = readField(redact(object, address).object, "spec", "template");
  if (toTemplateDigest(template) !== seen.digest) return false;
  const counts = seen.generation !== undefined && hasRedactedPaths(pipeline, address);
  return !counts || object.metadata["generation"] === seen.generation;
}
