import { sha256 } from "../../events/ids.ts";
import { isKubemendError } from "../errors.ts";
import { toCanonicalJson } from "../json/canonical-json.ts";
import { readField, readTextMap } from "../json/read-json.ts";
import {
  CAUSE_ANNOTATION,
  DIGEST_ANNOTATION,
  RECORD_ANNOTATION,
  toCauseAnnotations,
} from "./loops/cause-annotations.ts";
import type { CopiedTemplate, FieldChange, PatchOperation } from "./operation.ts";

/** The fields that hold the template of what an object creates. */
const TEMPLATES: readonly (readonly string[])[] = [
  ["spec", "template"],
  ["spec", "jobTemplate", "spec", "template"],
  ["spec", "jobTemplate"],
];

/**
 * The annotations that say which remediation has changed an object, and how deep in a chain of them. They are written with the changes in
 * one request, so they also say whether the changes were made. A template that is changed gets them too, and with it what it creates.
 */
export function toMarks(
  changes: readonly FieldChange[],
  cause: Parameters<typeof toCauseAnnotations>[0],
  template?: CopiedTemplate,
): NonNullable<PatchOperation["marks"]> {
  const annotations = {
    ...toCauseAnnotations(cause),
    [DIGEST_ANNOTATION]: sha256(
      toCanonicalJson(template === undefined ? changes : { changes, template }),
    ),
  };
  const paths = [...changes.map(({ path }) => path), ...(template ? TEMPLATES.slice(0, 1) : [])];
  const templates = TEMPLATES.filter((of) =>
    paths.some((path) => of.every((key, index) => path[index] === key)),
  );
  const at = [[], ...templates.slice(0, 1)].map((path) => [...path, "metadata", "annotations"]);
  return { annotations, at };
}

/** Whether an object has the marks of this operation: its changes were made, whatever the object looks like now. */
export function isMarked(object: unknown, { marks }: PatchOperation): boolean {
  if (marks === undefined) return false;
  const annotations = readTextMap(readField(object, "metadata", "annotations"));
  return [CAUSE_ANNOTATION, RECORD_ANNOTATION, DIGEST_ANNOTATION].every(
    (name) => annotations[name] !== undefined && annotations[name] === marks.annotations[name],
  );
}

/** The marks as changes, of any value that is there. */
export function toMarkChanges({
  marks,
}: PatchOperation): readonly Pick<FieldChange, "path" | "to">[] {
  return (marks?.at ?? []).flatMap((map) =>
    Object.entries(marks?.annotations ?? {}).map(([name, to]) => ({ path: [...map, name], to })),
  );
}

/**
 * The operation without marks in its template, if the API server says that the template cannot have them: the template of a custom
 * resource may have no metadata, or no annotations. Undefined if that is not why it refused the patch.
 */
export function withoutUnknownMarks(
  operation: PatchOperation,
  error: unknown,
): PatchOperation | undefined {
  const { marks } = operation;
  if (marks === undefined || !isKubemendError(error, "UnknownField")) return undefined;
  const [own = [], ...templates] = marks.at;
  const isMark = (field: string): boolean =>
    templates.some((path) => `${path.join(".")}.`.startsWith(`${field}.`));
  return error.fields.some(isMark) ? { ...operation, marks: { ...marks, at: [own] } } : undefined;
}
