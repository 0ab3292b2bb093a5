import type { Permission } from "../../actions/contract/action.ts";
import type { Need } from "./needs.ts";

/** Rights of one identity in one namespace; null = in the whole cluster. */
export type Grant = { readonly namespace: string | null; readonly rules: readonly Permission[] };

/** One grant for each namespace, the cluster-wide one first. */
export function toGrants(needs: readonly Need[]): readonly Grant[] {
  const wide = merge(toPermissionsIn(needs, null));
  const namespaces = [...new Set(needs.map(({ namespace }) => namespace))]
    .filter((namespace) => namespace !== null)
    .toSorted();
  const narrow = namespaces.map((namespace) => {
    const rules = merge(toPermissionsIn(needs, namespace)).flatMap((rule) => without(rule, wide));
    return { namespace, rules };
  });
  return [{ namespace: null, rules: wide }, ...narrow].filter(({ rules }) => rules.length > 0);
}

function toPermissionsIn(needs: readonly Need[], namespace: string | null): readonly Permission[] {
  return needs.filter((need) => need.namespace === namespace).map(({ permission }) => permission);
}

/** The verbs of a right that are not granted cluster-wide already. */
function without(rule: Permission, wide: readonly Permission[]): readonly Permission[] {
  const key = toKey(rule);
  const whole = toKey({ ...rule, resourceNames: undefined });
  const granted = wide.filter((other) => [key, whole].includes(toKey(other)));
  const verbs = rule.verbs.filter((verb) => !granted.some((other) => other.verbs.includes(verb)));
  return verbs.length === 0 ? [] : [{ ...rule, verbs }];
}

function toKey({
  apiGroups,
  resources,
  resourceNames,
}: Omit<Permission, "resourceNames"> & {
  readonly resourceNames?: readonly string[] | undefined;
}): string {
  return JSON.stringify([apiGroups, resources, resourceNames]);
}

/** One rule for each group, resource and resource names, with all verbs; what is granted on all objects is not granted on some again. */
function merge(permissions: readonly Permission[]): readonly Permission[] {
  const merged = new Map<string, Permission>();
  for (const permission of permissions.flatMap(split)) {
    const key = toKey(permission);
    const verbs = [...(merged.get(key)?.verbs ?? []), ...permission.verbs];
    merged.set(key, { ...permission, verbs: [...new Set(verbs)].toSorted() });
  }
  const rules = [...merged.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, permission]) => permission);
  const whole = rules.filter(({ resourceNames }) => resourceNames === undefined);
  return rules.flatMap((rule) =>
    rule.resourceNames === undefined ? [rule] : without(rule, whole),
  );
}

function split(permission: Permission): readonly Permission[] {
  return permission.apiGroups.flatMap((group) =>
    permission.resources.map((resource) => ({
      ...permission,
      apiGroups: [group],
      resources: [resource],
    })),
  );
}
