import type { KubernetesObject } from "../../events/change.ts";
import { isRawInteger } from "../../events/json.ts";
import { readField, readTextMap } from "../json/read-json.ts";
import { matchesLabels, parseLabelSelector } from "../pipeline/label-selector.ts";
import type { WatchSelection } from "../pipeline/pipeline.ts";

/**
 * Why a rule's selection does not cover an object as it is now; undefined if it does. The API server and the relay selected by the
 * same words when the change was read, but labels may be removed while a remediation waits, and a request may be forged.
 * `namespaceLabels` are those of the object's namespace; they are needed only if the rule selects namespaces by their labels.
 */
export function findSelectionFault(
  on: WatchSelection,
  object: KubernetesObject,
  namespaceLabels?: Readonly<Record<string, string>>,
): string | undefined {
  return (
    findNamespaceFault(on, object.metadata.namespace ?? null) ??
    findNamespaceLabelFault(on, namespaceLabels) ??
    findLabelFault(on, object) ??
    findFieldFault(on, object)
  );
}

/** Why a rule that names its namespaces does not cover this one. A cluster-scoped object is in none of them. */
export function findNamespaceFault(
  { namespaces }: WatchSelection,
  namespace: string | null,
): string | undefined {
  if (namespaces === undefined) return undefined;
  if (namespace !== null && namespaces.includes(namespace)) return undefined;
  const place = namespace === null ? "no namespace" : `namespace ${namespace}`;
  return `the rule covers the namespaces ${namespaces.join(", ")}, and the object is in ${place}`;
}

function findNamespaceLabelFault(
  { namespaceSelector }: WatchSelection,
  labels: Readonly<Record<string, string>> = {},
): string | undefined {
  if (namespaceSelector === undefined || isSelected(namespaceSelector, labels)) return undefined;
  return `the labels of the object's namespace do not match ${namespaceSelector}`;
}

function findLabelFault(
  { labelSelector }: WatchSelection,
  object: KubernetesObject,
): string | undefined {
  if (labelSelector === undefined) return undefined;
  const labels = readTextMap(readField(object, "metadata", "labels"));
  if (isSelected(labelSelector, labels)) return undefined;
  return `the object's labels do not match ${labelSelector}`;
}

/** A selector that cannot be read selects nothing. */
function isSelected(selector: string, labels: Readonly<Record<string, string>>): boolean {
  const parsed = parseLabelSelector(selector);
  return parsed.ok && matchesLabels(parsed.value, labels);
}

function findFieldFault(
  { fieldSelector }: WatchSelection,
  object: KubernetesObject,
): string | undefined {
  if (fieldSelector === undefined) return undefined;
  const isMatch = splitTerms(fieldSelector).every((term) => matchesField(term, object));
  return isMatch ? undefined : `the object's fields do not match ${fieldSelector}`;
}

/** Commas separate the terms; a backslash makes a comma part of a value. */
function splitTerms(selector: string): readonly string[] {
  const terms = selector.match(/(?:\\.|[^\\,])+/gs) ?? [];
  return terms.map((term) => term.trim()).filter((term) => term !== "");
}

/**
 * One term, as the API server evaluates it: a field that is absent is the empty text.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
function matchesField(term: string, object: KubernetesObject): boolean {
  const match = /^([^=!]+?)\s*(!=|==?)\s*(.*)$/s.exec(term);
  if (match === null) return false;
  const [, path = "", operator, written = ""] = match;
  const value = written.replaceAll(/\\([\\,=])/g, "$1");
  return (readSelectable(path, object) === value) === (operator !== "!=");
}

function readSelectable(path: string, object: KubernetesObject): string {
  const { absent, field } = toStoredField(path, object);
  const value = field.flatMap((names) => {
    const found = readField(object, ...names);
    return found === undefined || found === null ? [] : [found];
  })[0];
  if (value === undefined) return absent;
  if (typeof value === "string") return value;
  if (isRawInteger(value)) return value.rawJSON;
  return typeof value === "boolean" || typeof value === "number" ? String(value) : "";
}

/** Some selectable fields have other names than the fields of the object: those of Jobs, and of Events of both groups. */
function toStoredField(
  path: string,
  { kind }: KubernetesObject,
): { readonly absent: "" | "0"; readonly field: readonly (readonly string[])[] } {
  const names = path.split(".");
  if (kind === "Job" && path === "status.successful") {
    return { absent: "0", field: [["status", "succeeded"]] };
  }
  if (kind !== "Event") return { absent: "", field: [names] };
  const [head = "", ...rest] = names;
  if (head === "involvedObject" || head === "regarding") {
    const field = [
      ["involvedObject", ...rest],
      ["regarding", ...rest],
    ];
    return { absent: "", field };
  }
  if (path === "source") {
    const field = [
      ["source", "component"],
      ["deprecatedSource", "component"],
      ["reportingComponent"],
      ["reportingController"],
    ];
    return { absent: "", field };
  }
  if (path === "reportingController" || path === "reportingComponent") {
    return { absent: "", field: [["reportingComponent"], ["reportingController"]] };
  }
  return { absent: "", field: [names] };
}
