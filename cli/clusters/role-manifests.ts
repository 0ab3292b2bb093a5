import { Document } from "yaml";
import type { Grant } from "../../core/pipeline/rights/grants.ts";

const API_GROUP = "rbac.authorization.k8s.io";

/** The role of a grant and its binding, as manifests: cluster-wide, or in the namespace of the grant. */
export function toRoleManifests(
  { namespace, rules }: Grant,
  { name, subjects }: { readonly name: string; readonly subjects: readonly object[] },
): readonly string[] {
  const metadata = namespace === null ? { name } : { name, namespace };
  const role = `${namespace === null ? "Cluster" : ""}Role`;
  const roleRef = { apiGroup: API_GROUP, kind: role, name };
  return [
    toDocument(role, { metadata, rules }),
    toDocument(`${role}Binding`, { metadata, roleRef, subjects }),
  ];
}

/** The user of that name, which may be that of a ServiceAccount: `system:serviceaccount:NAMESPACE:NAME`. */
export function toUserSubject(name: string): object {
  return { apiGroup: API_GROUP, kind: "User", name };
}

function toDocument(kind: string, fields: object): string {
  const document = new Document(
    { apiVersion: `${API_GROUP}/v1`, kind, ...fields },
    { aliasDuplicateObjects: false },
  );
  return document.toString({ lineWidth: 0 });
}
