import type { Finding } from "../status/problem.ts";
import type { MissingRight, SetReads } from "./plan-input.ts";

/** The most resources that are named for one place; the rest is counted. */
const MOST_NAMED = 10;

/** All rights that are missing as one reason, because one person grants them at once. None if there are none. */
export function findRightProblems(
  missing: readonly MissingRight[],
  { isListMissing }: { readonly isListMissing: boolean },
): readonly Finding[] {
  if (missing.length === 0) return [];
  const sides = (["source", "target"] as const).flatMap((side) => {
    const rights = missing.filter((right) => right.side === side);
    return rights.length === 0 ? [] : [`in the ${side}: ${describeRights(rights).join("; ")}`];
  });
  const stay = isListMissing
    ? "; without list of what may be owned, that can only stay (leaveOwned, --leave-owned)"
    : "";
  return [
    {
      code: "RightMissing",
      reason: `the user who carries the move out lacks these rights: ${sides.join("; and ")}`,
      wayOut: `grant them there: --rbac USER beside the arguments of the move prints the roles of a person, and kubemend validate --rbac those of the functions${stay}`,
    },
  ];
}

/** The lists that the API server has refused, as rights that are missing. */
export function toRefusedLists({ unread, denied = [] }: SetReads): readonly MissingRight[] {
  const owned = unread.flatMap(({ resource, namespace = null, code }) =>
    code === "Forbidden" ? [{ resource, namespace }] : [],
  );
  return [...denied, ...owned].map(({ resource, namespace = null }) => ({
    side: "source",
    verb: "list",
    resource,
    namespace,
  }));
}

/** `get, list secrets, configmaps in namespace shop`: one for each place and each set of verbs. */
function describeRights(rights: readonly MissingRight[]): readonly string[] {
  const verbs = group(
    rights,
    ({ resource, namespace }) => JSON.stringify([resource, namespace]),
    ({ verb }) => verb,
  );
  const alike = group(
    [...verbs.values()],
    ([{ namespace }, ones]) => JSON.stringify([namespace, ones.toSorted()]),
    ([{ resource }]) => resource,
  );
  return [...alike.values()].map(([[{ namespace }, ones], resources]) => {
    const rest = resources.length - MOST_NAMED;
    const named = resources.slice(0, MOST_NAMED).join(", ");
    const more = rest > 0 ? `, and ${rest} more resources` : "";
    const where = namespace === null ? "in the whole cluster" : `in namespace ${namespace}`;
    return `${ones.join(", ")} ${named}${more} ${where}`;
  });
}

/** Each first element of a key, with the different values of all elements of it. */
function group<Element>(
  elements: readonly Element[],
  toKey: (element: Element) => string,
  toValue: (element: Element) => string,
): ReadonlyMap<string, readonly [Element, readonly string[]]> {
  const groups = new Map<string, readonly [Element, readonly string[]]>();
  for (const element of elements) {
    const key = toKey(element);
    const [first, values] = groups.get(key) ?? [element, []];
    groups.set(key, [first, [...new Set([...values, toValue(element)])]]);
  }
  return groups;
}
