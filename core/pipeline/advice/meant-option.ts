import { findSchema } from "../../actions/targets/register.ts";
import { findAction } from "../../actions/registry.ts";
import { isObject } from "../../json/read-json.ts";
import { findSchemaIssues, type Shape } from "../parse/document-issues.ts";
import type { PipelineIssue } from "../pipeline.ts";
import { readAt } from "./read-at.ts";
import type { GenericSchema } from "valibot";

/**
 * The faults of a parameter that has several forms, by the form that was probably meant: the one that has most of the keys that are
 * written. The schema itself can only say that none of its forms fits.
 */
export function toMeantIssues(issue: PipelineIssue, document: unknown): readonly PipelineIssue[] {
  const { path } = issue;
  const [rules, , , , name, ...rest] = path;
  const isParameter = rules === "rules" && typeof name === "string" && rest.length > 0;
  if (!isParameter || issue.at === "key") return [issue];
  const parameters = readAt(document, path.slice(0, 5));
  const action = findAction(name);
  if (action === undefined) return [issue];
  const found = step(findSchema(action, parameters), parameters, rest);
  if (found === undefined) return [issue];
  const option = findMeant(found.shape, found.value);
  if (option === undefined) return [issue];
  const faults = findSchemaIssues(option as unknown as GenericSchema, found.value, path);
  return faults.length === 0 ? [issue] : faults.flatMap((fault) => deepen(fault, issue, document));
}

/** A part of that form may have several forms itself. */
function deepen(
  fault: PipelineIssue,
  { path }: PipelineIssue,
  document: unknown,
): readonly PipelineIssue[] {
  return fault.path.length > path.length ? toMeantIssues(fault, document) : [fault];
}

/** The schema and the value at a place of the parameters. */
function step(
  schema: Shape,
  value: unknown,
  [key, ...rest]: PipelineIssue["path"],
): { readonly shape: Shape; readonly value: unknown } | undefined {
  const shape = unwrap(schema);
  if (key === undefined) return { shape, value };
  if (shape.type === "union") {
    const meant = findMeant(shape, value);
    return meant === undefined ? undefined : step(meant, value, [key, ...rest]);
  }
  const next =
    shape.item ?? shape.value ?? (typeof key === "string" ? shape.entries?.[key] : undefined);
  return next === undefined ? undefined : step(next, readAt(value, [key]), rest);
}

function unwrap(shape: Shape): Shape {
  return shape.wrapped === undefined ? shape : unwrap(shape.wrapped);
}

/** The form with fields that has most of the keys of a value; undefined if none has any, and another form has no fields. */
function findMeant({ type, options = [] }: Shape, value: unknown): Shape | undefined {
  if (type !== "union" || !isObject(value)) return undefined;
  const forms = options
    .map(unwrap)
    .flatMap((option) => (option.type === "union" ? (option.options ?? []) : [option]));
  let best: { readonly form: Shape; readonly score: number } | undefined;
  for (const form of forms.map(unwrap)) {
    if (form.entries === undefined) continue;
    const score = rate(form.entries, value);
    if (best === undefined || score > best.score) best = { form, score };
  }
  const isOneOfMany = forms.every(({ entries }) => entries !== undefined);
  return best !== undefined && (best.score > 0 || isOneOfMany) ? best.form : undefined;
}

/** A key that the form requires says more than one that it allows. */
function rate(
  entries: NonNullable<Shape["entries"]>,
  value: Readonly<Record<string, unknown>>,
): number {
  let score = 0;
  for (const [key, entry] of Object.entries(entries)) {
    if (Object.hasOwn(value, key)) score += entry.type === "optional" ? 1 : 2;
  }
  return score;
}
