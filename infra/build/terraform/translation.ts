import type { Cfn, Scope } from "./expressions.ts";
import { Raw, type Attribute, type Body } from "./hcl.ts";
import { toJsonDocument } from "./policies.ts";
import type { Properties } from "./properties.ts";

/** The resource that is translated. */
export type Context = { readonly id: string; readonly scope: Scope; readonly of: Properties };
export type Translation = (context: Context) => Body;
export type Row = Readonly<Record<string, Cfn>>;

export function json(name: string, document: Cfn | undefined, scope: Scope): Attribute {
  return { name, value: toJsonDocument(document ?? null, scope) };
}

export function optionalJson(
  name: string,
  document: Cfn | undefined,
  scope: Scope,
): readonly Attribute[] {
  return document === undefined ? [] : [json(name, document, scope)];
}

/** The name of a resource that CloudFormation names by itself. */
export function named(name: string): Raw {
  return new Raw(`"\${local.name}-${name.replaceAll("_", "-")}"`);
}

export function first(list: Cfn | undefined): Cfn {
  return Array.isArray(list) ? ((list as readonly Cfn[])[0] ?? null) : null;
}

export function rows(value: Cfn | undefined): readonly Row[] {
  return Array.isArray(value) ? (value as readonly Row[]) : [];
}

export function row(value: Cfn | undefined): Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Row) : {};
}
