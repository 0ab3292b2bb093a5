import { toChildren, toComprehension, toConstantIndex, type Expr } from "./tree.ts";

/** Readable paths of the field accesses of an expression, to say what was missing: `object.status.conditions[].type`. */
export type AccessPaths = {
  /** The path of each `.field` access, by the id of its node. */
  readonly selects: ReadonlyMap<bigint, string>;
  /** The index accesses. The library reports a failure with the id of the first identifier of the chain. */
  readonly indexes: readonly IndexAccess[];
};

type IndexAccess = {
  readonly rootId: bigint;
  readonly key: string | undefined;
  readonly path: string;
};

type Place = { readonly path: string; readonly rootId: bigint };
type Scope = ReadonlyMap<string, string>;

/** Walks the tree once, when the expression is compiled. */
export function collectAccessPaths(root: Expr): AccessPaths {
  const selects = new Map<bigint, string>();
  const indexes: IndexAccess[] = [];

  const visit = (expr: Expr, scope: Scope): Place => {
    const comprehension = toComprehension(expr);
    if (comprehension !== undefined) {
      const range =
        comprehension.range === undefined ? undefined : visit(comprehension.range, scope);
      const inner = new Map(scope).set(comprehension.variable, `${range?.path ?? "list"}[]`);
      for (const part of comprehension.inner) visit(part, inner);
      return { path: "(list)", rootId: expr.id };
    }
    const [first, ...rest] = toChildren(expr).map((child) => visit(child, scope));
    const { exprKind } = expr;
    if (exprKind.case === "identExpr") {
      const { name } = exprKind.value;
      return { path: scope.get(name) ?? name, rootId: expr.id };
    }
    if (exprKind.case === "selectExpr") {
      const path = `${first?.path ?? ""}.${exprKind.value.field}`;
      selects.set(expr.id, path);
      return { path, rootId: first?.rootId ?? expr.id };
    }
    if (exprKind.case === "callExpr" && exprKind.value.function === "_[_]" && first !== undefined) {
      const constant = toConstantIndex(expr);
      const path = `${first.path}[${constant?.written ?? rest[0]?.path ?? ""}]`;
      indexes.push({ rootId: first.rootId, key: constant?.key, path });
      return { path, rootId: first.rootId };
    }
    return { path: "(value)", rootId: expr.id };
  };
  visit(root, new Map());
  return { selects, indexes };
}

/** The path of a missing key, as precisely as it is known; only `key` if nothing better is. */
export function findMissingPath(
  paths: AccessPaths,
  exprId: bigint | undefined,
  key: string,
): string {
  if (exprId === undefined) return key;
  const select = paths.selects.get(exprId);
  if (select?.endsWith(`.${key}`)) return select;
  const here = paths.indexes.filter((access) => access.rootId === exprId);
  const exact = here.find((access) => access.key === key);
  return exact?.path ?? here.find((access) => access.key === undefined)?.path ?? select ?? key;
}
