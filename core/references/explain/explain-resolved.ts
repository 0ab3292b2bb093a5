import type { ResolvedReference } from "../../../events/reference.ts";
import { toGroup } from "../api-version.ts";
import { toAsciiLower } from "../../text/ascii.ts";
import type { Catalog } from "../catalog.ts";
import { readOwn } from "../../json/read-json.ts";
import { quote } from "../../text/quote.ts";
import type { ReferenceInput } from "../resolve.ts";
import { isOwnerField } from "../target-namespace.ts";

/** Why a reference was resolved to this object: what was used as written, what was completed or corrected, and from which source. */
export function explainResolved(
  input: ReferenceInput,
  result: ResolvedReference,
  catalog: Catalog,
): readonly [string, ...string[]] {
  const reference = input.reference;
  return [
    explainGroup(input, result, catalog),
    ...explainKind(reference, result),
    ...explainNamespace(input, result),
    ...explainUid(reference, result),
  ];
}

function explainGroup(input: ReferenceInput, result: ResolvedReference, catalog: Catalog): string {
  const { reference } = input;
  if (result.provenance === "explicit") return "It is served as written.";
  const where = catalog.source === "discovery" ? "the cluster" : "the built-in table";
  if (result.provenance === "owner") {
    return `Fields that are not written have the default of ${input.field} in its API: ${result.apiVersion} ${result.kind}.`;
  }
  const apiVersion = toText(readOwn(reference, "apiVersion"));
  const group = toText(readOwn(reference, "group")) ?? toText(readOwn(reference, "apiGroup"));
  const version = toText(readOwn(reference, "version"));
  const written =
    apiVersion !== undefined && apiVersion !== ""
      ? `apiVersion ${quote(apiVersion)}`
      : group !== undefined
        ? `group ${quote(group)}`
        : version !== undefined && version !== ""
          ? `version ${quote(version)}`
          : undefined;
  if (apiVersion === result.apiVersion) return `${result.apiVersion} is served as written.`;
  if (written === undefined) {
    return `No apiVersion is written: ${nameGroup(result)} is the only group with this kind in ${where}, and ${result.apiVersion} is the version to use.`;
  }
  return apiVersion?.includes("/") === true
    ? `${written} is not served with this kind in ${where}; only ${result.apiVersion} is, so that must be meant.`
    : `${written} alone does not name a type; in ${where} it can only mean ${result.apiVersion}.`;
}

function nameGroup(result: ResolvedReference): string {
  const group = toGroup(result.apiVersion);
  if (result.kind === "Event") return "the storage of Events (core and events.k8s.io share it)";
  return group === "" || group === undefined ? "core" : group;
}

function explainKind(reference: unknown, result: ResolvedReference): readonly string[] {
  const kind = toText(readOwn(reference, "kind"));
  const resource = toText(readOwn(reference, "resource"));
  if (kind === result.kind) return [];
  if (kind !== undefined && kind !== "") {
    const isCase = toAsciiLower(kind) === toAsciiLower(result.kind);
    return [
      isCase
        ? `kind ${quote(kind)} is ${result.kind} written in another case.`
        : `kind ${quote(kind)} is the resource name of ${result.kind}.`,
    ];
  }
  if (resource === undefined || resource === "") return [];
  return [`No kind is written: resource ${quote(resource)} means ${result.kind}.`];
}

function explainNamespace(input: ReferenceInput, result: ResolvedReference): readonly string[] {
  const written = toText(readOwn(input.reference, "namespace")) ?? "";
  if (result.namespace === null) {
    return written === ""
      ? []
      : [`${result.kind} is cluster-scoped: the written namespace ${quote(written)} is ignored.`];
  }
  if (isOwnerField(input.field)) {
    return written === "" || written === result.namespace
      ? []
      : [
          `An owner is in the namespace of its dependent: the written namespace ${quote(written)} is ignored.`,
        ];
  }
  return written === ""
    ? [`No namespace is written: it is that of the object with the reference.`]
    : [];
}

function explainUid(reference: unknown, result: ResolvedReference): readonly string[] {
  const uid = toText(readOwn(reference, "uid")) ?? "";
  return uid === "" || result.uid !== undefined
    ? []
    : [`uid ${quote(uid)} is not a UUID, so it identifies nothing and is ignored.`];
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
