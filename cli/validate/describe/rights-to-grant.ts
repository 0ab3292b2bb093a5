/** Resources that grant rights, with the verb that an API server asks for if the writer does not have these rights. */
const GRANTS: ReadonlyMap<string, string> = new Map([
  ["roles", "escalate"],
  ["clusterroles", "escalate"],
  ["rolebindings", "bind"],
  ["clusterrolebindings", "bind"],
]);

/** The note about each verb that writing objects of these resources may take, and that is not in the printed rights. `resources`: `roles.rbac.authorization.k8s.io`. */
export function describeRightsToGrant(resources: readonly string[]): readonly string[] {
  const verbs = resources.flatMap((resource) => {
    const [name = "", ...group] = resource.split(".");
    return group.join(".") === "rbac.authorization.k8s.io" ? (GRANTS.get(name) ?? []) : [];
  });
  return [...new Set(verbs)].map(
    (verb) =>
      `Note: an API server lets nobody grant rights that they do not have, so a copy is refused (Forbidden) unless transfer has these rights in the target, or the verb ${verb} there, which --rbac does not print: see "Rights" in docs/mirror.md.`,
  );
}
