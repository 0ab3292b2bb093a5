import type { Grant } from "../../../core/pipeline/rights/grants.ts";

/** One verb on one resource at one place; null is the whole cluster. */
export type Right = {
  readonly namespace: string | null;
  readonly group: string;
  /** With its subresource: `pods/eviction`. */
  readonly resource: string;
  readonly verb: string;
  /** Only on the objects of these names. */
  readonly names?: readonly string[] | undefined;
};

export function listRights(grants: readonly Grant[]): readonly Right[] {
  return grants.flatMap(({ namespace, rules }) =>
    rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => ({ namespace, group, resource, verb, names: resourceNames })),
        ),
      ),
    ),
  );
}

/** The same grants without that right. */
export function withoutRight(grants: readonly Grant[], right: Right): readonly Grant[] {
  return grants.map(({ namespace, rules }) => {
    if (namespace !== right.namespace) return { namespace, rules };
    const kept = rules.flatMap((rule) => {
      const isMeant =
        rule.apiGroups.includes(right.group) &&
        rule.resources.includes(right.resource) &&
        rule.resourceNames?.join() === right.names?.join();
      if (!isMeant) return [rule];
      const resources = rule.resources.filter((one) => one !== right.resource);
      const verbs = rule.verbs.filter((verb) => verb !== right.verb);
      return [
        ...(resources.length === 0 ? [] : [{ ...rule, resources }]),
        ...(verbs.length === 0 ? [] : [{ ...rule, resources: [right.resource], verbs }]),
      ];
    });
    return { namespace, rules: kept };
  });
}

/** `patch deployments/scale.apps`. */
export function describeRight({ verb, resource, group, names }: Right): string {
  const of = names === undefined ? "" : ` (${names.join(", ")})`;
  return `${verb} ${resource}.${group}${of}`;
}
