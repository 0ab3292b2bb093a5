import { formatFieldPattern, EACH, parseFieldPattern } from "../../json/field-pattern.ts";
import type { FieldPattern } from "../../json/field-pattern.ts";
import { isObject, readList } from "../../json/read-json.ts";
import { isEvents } from "../../references/is-events.ts";
import type { ChangedFields, PipelineIssue } from "../pipeline.ts";
import type { ChangedDocument } from "./document.ts";
import { findDialect } from "./path-dialect.ts";

type Fields = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/**
 * Faults of `on.changed` that the schema cannot find: its fields, and that the rest of the rule goes with it. Such a rule is about the
 * moment in which a field changes, between two states of an object that exists.
 */
export function findChangedIssues(fields: Fields, path: Path): readonly PipelineIssue[] {
  const on = isObject(fields["on"]) ? fields["on"] : {};
  const { changed } = on;
  if (changed === undefined) return [];
  return [
    ...findShapeIssues(changed, [...path, "on", "changed"]),
    ...findKindIssues(on, [...path, "on"]),
    ...findExcluded(fields, path),
  ];
}

function findShapeIssues(changed: unknown, path: Path): readonly PipelineIssue[] {
  if (Array.isArray(changed)) {
    const message = "expected fields (key: value), not a list";
    const hint = "write changed: { fields: [data], unknown: skip }, or unknown: act";
    return [{ path, message, hint }];
  }
  if (!isObject(changed)) return [];
  const { fields, unknown } = changed;
  const missing = {
    path: [...path, "unknown"],
    message: "unknown is missing",
    hint: "write unknown: skip, or unknown: act: what to do if the relay cannot know whether the fields have changed, as after a gap or in a new object",
  };
  return [
    ...(unknown === undefined ? [missing] : []),
    ...readList(fields).flatMap((field, index) =>
      findFieldIssue(field, [...path, "fields", index]),
    ),
  ];
}

function findFieldIssue(written: unknown, path: Path): readonly PipelineIssue[] {
  if (typeof written !== "string" || written === "") return [];
  const pattern = parseFieldPattern(written);
  const dialect = findDialect(written);
  if (!pattern.ok) return [{ path, message: pattern.error, hint: dialect?.hint }];
  if (dialect !== undefined) return [{ path, ...dialect }];
  const fault = findFieldFault(pattern.value);
  return fault === undefined ? [] : [{ path, ...fault }];
}

const FIELDS_HINT = "name the fields that matter, such as data, spec.template or metadata.labels";
/** Different in every state, so that any write would count. */
const ALWAYS: ReadonlySet<string> = new Set(["resourceVersion", "managedFields"]);
/** Never different while an object exists. */
const NEVER: ReadonlySet<string> = new Set(["name", "namespace", "uid", "creationTimestamp"]);

function findFieldFault(
  pattern: FieldPattern,
): { readonly message: string; readonly hint: string } | undefined {
  const [first, second] = pattern;
  if (pattern.at(-1) === EACH) {
    return {
      message: "ends in [*]",
      hint: "name the list or the map itself: all of it is compared",
    };
  }
  const text = formatFieldPattern(pattern);
  if (first === "apiVersion" || first === "kind") {
    return { message: `${text} of an object never changes`, hint: FIELDS_HINT };
  }
  if (first !== "metadata" || typeof second === "object") return undefined;
  if (second === undefined || ALWAYS.has(second)) {
    return { message: `${text} changes with every write`, hint: FIELDS_HINT };
  }
  if (!NEVER.has(second)) return undefined;
  return { message: `${text} of an object never changes`, hint: FIELDS_HINT };
}

function findKindIssues({ resource, changes }: Fields, path: Path): readonly PipelineIssue[] {
  if (isEvents(resource)) {
    const message = "the relay keeps nothing of Events, so their fields cannot be compared";
    return [{ path: [...path, "changed"], at: "key", message, hint: "remove changed" }];
  }
  if (!Array.isArray(changes)) return [];
  const kinds: readonly unknown[] = changes;
  const other = kinds.find((kind) => kind === "deleted" || kind === "left");
  const hint = "remove changes: with changed the default is [modified]";
  const place = { path: [...path, "changes"], hint };
  if (other !== undefined) {
    return [{ ...place, message: `changed compares two states, and ${other} is none` }];
  }
  if (kinds.length === 0 || kinds.includes("modified")) return [];
  return [{ ...place, message: "changed compares two states, and an added object has only one" }];
}

function findExcluded(fields: Fields, path: Path): readonly PipelineIssue[] {
  const issue = (key: string, message: string, hint: string): PipelineIssue => {
    return { path: [...path, key], at: "key", message, hint };
  };
  const issues: PipelineIssue[] = [];
  if (fields["for"] !== undefined) {
    const message = "for is about a state that lasts, and changed about the moment of a change";
    issues.push(issue("for", message, "remove one of them"));
  }
  if (fields["ifGone"] === "act") {
    const message = "changed is about an object that exists, so nothing is done if it is gone";
    issues.push(issue("ifGone", message, "remove ifGone"));
  }
  if (fields["initial"] === "include") {
    const message = "the objects of the first start have no earlier state to compare with";
    issues.push(issue("initial", message, "remove initial"));
  }
  return issues;
}

/** Of a rule without issues. */
export function toChangedFields({ fields, unknown }: ChangedDocument): ChangedFields {
  const patterns = fields.flatMap((field) => {
    const pattern = parseFieldPattern(field);
    return pattern.ok ? [pattern.value] : [];
  });
  return { fields: patterns, unknown };
}
