import { Document } from "yaml";
import { builtinCatalog } from "../../core/references/builtin.ts";
import { findResource } from "../../core/references/find-resource.ts";
import { planPermissions } from "../../core/pipeline/permissions.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";

const API_GROUP = "rbac.authorization.k8s.io";
const NAMESPACE = "kubemend";

/**
 * The permissions that a pipeline needs, as manifests: a ClusterRole and its binding for the relay and for each function that
 * accesses the cluster. Custom resources are unknown here; a comment names those whose permissions must be added.
 */
export function toRbac(pipeline: Pipeline): string {
  const catalog = builtinCatalog();
  const documents = Object.entries(planPermissions(pipeline, catalog)).flatMap(([part, rules]) => [
    toObject("ClusterRole", part, { rules }),
    toObject("ClusterRoleBinding", part, {
      roleRef: { apiGroup: API_GROUP, kind: "ClusterRole", name: `kubemend-${part}` },
      subjects: toSubjects(part),
    }),
  ]);
  const named = [...pipeline.rules.map(({ on }) => on.resource), ...pipeline.watch.map(toName)];
  const unknown = [...new Set(named)].filter((name) => findResource(catalog, name) === undefined);
  const comments = unknown.map(
    (name) =>
      `# ${name} is not a built-in resource: add permission to get, list and watch it for the relay, and to get it for the functions.\n`,
  );
  return comments.join("") + documents.join("---\n");
}

function toName({ resource }: { readonly resource: string }): string {
  return resource;
}

function toObject(kind: string, part: string, fields: object): string {
  const metadata = { name: `kubemend-${part}` };
  const document = new Document(
    { apiVersion: `${API_GROUP}/v1`, kind, metadata, ...fields },
    { aliasDuplicateObjects: false },
  );
  return document.toString({ lineWidth: 0 });
}

/** The relay runs in the cluster; a function may also authenticate through an EKS access entry, as a user. */
function toSubjects(part: string): readonly object[] {
  const account = { kind: "ServiceAccount", name: `kubemend-${part}`, namespace: NAMESPACE };
  const user = { apiGroup: API_GROUP, kind: "User", name: `kubemend:${part}` };
  return part === "relay" ? [account] : [account, user];
}
