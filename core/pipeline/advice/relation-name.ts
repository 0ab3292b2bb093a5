import { NESTED_FIELDS, ROOT_FIELDS } from "../../references/relation.ts";

/** A relation that is named by the field that has the reference; undefined for any other word. */
export function toRelation(written: string): string | undefined {
  if (/^ownerReferences?$/i.test(written)) return "owner";
  if (written === "nodeName") return "node";
  return (ROOT_FIELDS.get(written) ?? NESTED_FIELDS.get(written))?.relation;
}
