import type { PipelineIssue } from "../pipeline.ts";
import type { Redaction } from "../../redaction/redactor.ts";
import { isObject } from "../../json/read-json.ts";
import { parseFieldPattern, type FieldPattern, EACH } from "../../json/field-pattern.ts";
import type { RedactionDocument } from "./document.ts";
import { checkResource } from "./parse-rule.ts";
/** What the schema cannot tell about `redact`: whether the resource is, and what its paths may be. */
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
  if (!pattern.ok) return [{ path, message: pattern.error }];
  const fault = findFault(pattern.value);
  return fault === undefined ? [] : [{ path, ...fault }];
}

/** Kubemend's own annotations tell how deep a chain of remediations is. */
const OWN_ANNOTATION = "kubemend.dev/";

function findFault(
  pattern: FieldPattern,
): { readonly message: string; readonly hint: string } | undefined {
  const [first, second, third] = pattern;
  if (pattern.at(-1) === EACH) {
    return {
      message: "ends in [*]",
      hint: "name the list or the map itself: all of it is taken out",
    };
  }
  if (first === EACH) {
    return {
      message: "begins with [*]",
      hint: "an object's fields have names: data, spec, status",
    };
  }
  if (first === "apiVersion" || first === "kind") {
    return { message: `${first} tells what the object is`, hint: "it cannot be taken out" };
  }
  if (first !== "metadata") return undefined;
  const hint = 'of metadata only single annotations: metadata.annotations["example.com/token"]';
  if (second !== "annotations" || typeof third !== "string") {
    return { message: "metadata tells which object it is, and selects it", hint };
  }
  return third.startsWith(OWN_ANNOTATION)
    ? { message: `${third} is Kubemend's own, and stops loops`, hint: "it holds no value of yours" }
    : undefined;
}

/** Of an entry without issues. */
export function toRedaction({ resource, paths }: RedactionDocument): Redaction {
  return {
    resource,
    paths: paths.flatMap((path) => {
      const pattern = parseFieldPattern(path);
      return pattern.ok ? [pattern.value] : [];
    }),
  };
}
