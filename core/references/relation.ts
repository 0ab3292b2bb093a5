import type { ReferenceRelation } from "../../events/reference.ts";
import { readOwn } from "../json/read-json.ts";

/** Fields that contain a reference anywhere in an object; with `many` they contain a list of references. */
export const NESTED_FIELDS: ReadonlyMap<
  string,
  { readonly relation: ReferenceRelation; readonly many: boolean }
> = new Map([
  ["scaleTargetRef", { relation: "scaleTarget", many: false }],
  ["targetRef", { relation: "target", many: false }],
  ["targetRefs", { relation: "target", many: true }],
  ["claimRef", { relation: "claim", many: false }],
  ["dataSource", { relation: "dataSource", many: false }],
  ["dataSourceRef", { relation: "dataSource", many: false }],
  ["parentRef", { relation: "parent", many: false }],
  ["parentRefs", { relation: "parent", many: true }],
  ["backendRef", { relation: "backend", many: false }],
  ["backendRefs", { relation: "backend", many: true }],
]);

/** Fields that contain a reference at the root of an object. */
export const ROOT_FIELDS: ReadonlyMap<
  string,
  { readonly relation: ReferenceRelation; readonly many: boolean }
> = new Map([
  ["involvedObject", { relation: "involved", many: false }],
  ["regarding", { relation: "involved", many: false }],
  ["related", { relation: "related", many: false }],
  ["roleRef", { relation: "role", many: false }],
  ["subjects", { relation: "subject", many: true }],
]);

/** `controller` for the owner that manages its dependent, `owner` for any other: https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/ */
export function toOwnerRelation(reference: unknown): ReferenceRelation {
  return readOwn(reference, "controller") === true ? "controller" : "owner";
}
