import type { PipelineIssue } from "../pipeline.ts";
import type { Redaction } from "../../redaction/redactor.ts";
import { isObject } from "../../json/read-json.ts";
import { parseFieldPattern, type FieldPattern, EACH } from "../../json/field-pattern.ts";
import type { RedactionDocument } from "./document.ts";
import { findDialect } from "./path-dialect.ts";
import { checkResource } from "./parse-rule.ts";

/** What the schema cannot check about `redact`: that the resource exists, and that its paths are allowed. */
export function findRedactionIssues(written: unknown): readonly PipelineIssue[] {
  if (!Array.isArray(written)) return [];
  return written.flatMap((entry: unknown, index) => {
    if (!isObject(entry)) return [];
    const { paths } = entry;
    const here = ["redact", index];
    return [
      ...checkResource(entry, here),
      ...(Array.isArray(paths)
        ? paths.flatMap((path: unknown, at) => findPathIssue(path, [...here, "paths", at]))
        : []),
    ];
  });
}

function findPathIssue(
  written: unknown,
  path: readonly (string | number)[],
): readonly PipelineIssue[] {
  if (typeof written !== "string" || written === "") return [];
  const pattern = parseFieldPattern(written);
  const dialect = findDialect(written);
  if (!pattern.ok) return [{ path, message: pattern.error, hint: dialect?.hint }];
  if (dialect !== undefined) return [{ path, ...dialect }];
  const fault = findFault(pattern.value);
  return fault === undefined ? [] : [{ path, ...fault }];
}

/** Kubemend's own annotations say how deep in a chain of remediations an object is. */
const OWN_ANNOTATION = "kubemend.dev/";

function findFault(
  pattern: FieldPattern,
): { readonly message: string; readonly hint: string } | undefined {
  const [first, second, third] = pattern;
  if (pattern.at(-1) === EACH) {
    return {
      message: "ends in [*]",
      hint: "name the list or the map itself: all of it is removed",
    };
  }
  if (first === EACH) {
    return {
      message: "begins with [*]",
      hint: "begin with the name of a field, such as data, spec or status",
    };
  }
  if (first === "apiVersion" || first === "kind") {
    return { message: `${first} says what the object is`, hint: "it cannot be removed" };
  }
  if (first !== "metadata") return undefined;
  const hint =
    'in metadata, only single annotations can be redacted: metadata.annotations["example.com/token"]';
  if (second !== "annotations" || typeof third !== "string") {
    return { message: "metadata identifies the object, and selectors use it", hint };
  }
  return third.startsWith(OWN_ANNOTATION)
    ? {
        message: `${third} belongs to Kubemend, which needs it to stop loops`,
        hint: "it contains no value of yours",
      }
    : undefined;
}

/** The redaction of an entry without issues. */
export function toRedaction({ resource, paths }: RedactionDocument): Redaction {
  return {
    resource,
    paths: paths.flatMap((path) => {
      const pattern = parseFieldPattern(path);
      return pattern.ok ? [pattern.value] : [];
    }),
  };
}
