import { formatChangePath } from "../../../core/operations/change-path.ts";
import { describeAddress, describeValue } from "../../../core/operations/describe-operation.ts";
import { findUnkept, type UnkeptChange } from "../../../core/operations/kept-changes.ts";
import type { OperationOutcome, PatchOperation } from "../../../core/operations/operation.ts";
import { isRedactedChange } from "../../../core/redaction/redacted-change.ts";
import type { DeclaredRedactions } from "../../../core/redaction/redactor.ts";
import { toDone } from "./operation-results.ts";

type Deps = { readonly pipeline: DeclaredRedactions };

const FIELDS_SHOWN = 3;

/**
 * The outcome of a patch that the API server has accepted, by the object that it answered with. NotStored if a change had no effect: the
 * schema lacks the field, or admission keeps the old value. Done, with a message, if admission or the API server chose a third value.
 */
export function judgePatch(
  deps: Deps,
  operation: PatchOperation,
  answer: unknown,
): OperationOutcome {
  const { target, uid, changes } = operation;
  const unkept = findUnkept(answer, changes);
  const lost = unkept.filter(({ how }) => how === "lost");
  const done = toDone(target, uid);
  if (unkept.length === 0) return done;
  if (lost.length === 0) {
    return { ...done, message: `the API server stored ${describe(deps, operation, unkept)}` };
  }
  const isAbsent = lost.some(({ found }) => found === undefined);
  const why = isAbsent
    ? "the resource has no such field, or an admission webhook or policy removes it"
    : "it is the default, or an admission webhook or policy keeps it";
  const message = `${describeAddress(target)}: the API server accepted the change and stored ${describe(deps, operation, lost)}: ${why}`;
  return { outcome: "failed", code: "NotStored", message };
}

/** `spec.replicas 2, not 5`. */
function describe(
  { pipeline }: Deps,
  { target }: PatchOperation,
  unkept: readonly UnkeptChange[],
): string {
  const shown = unkept.slice(0, FIELDS_SHOWN).map(({ path, found, wanted }) => {
    const field = formatChangePath(path);
    if (found === undefined) return `no ${field}`;
    const isHidden = isRedactedChange(pipeline, target, path);
    const stored = isHidden ? "another value" : describeValue(found);
    return `${field} ${stored}, not ${describeValue(wanted)}`;
  });
  const rest = unkept.length - shown.length;
  return `${shown.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}`;
}
