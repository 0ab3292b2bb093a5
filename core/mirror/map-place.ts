import type { MirrorParameters } from "../actions/mirror/mirror-parameters.ts";
import type { Place } from "./manifest.ts";

type Mapping = Pick<MirrorParameters, "namespaces" | "names">;

/** The place of an object's copy. A Namespace is mapped like the objects in it; `resource` is `configmaps` or `jobs.batch`. */
export function mapPlace(
  { namespace, name }: Place,
  resource: string,
  { namespaces, names }: Mapping,
): Place {
  if (resource === "namespaces") return { namespace: null, name: mapNamespace(name, namespaces) };
  const { prefix = "", suffix = "" } = names;
  return {
    namespace: namespace === null ? null : mapNamespace(namespace, namespaces),
    name: `${prefix}${name}${suffix}`,
  };
}

export function mapNamespace(name: string, namespaces: Mapping["namespaces"]): string {
  return (Object.hasOwn(namespaces, name) ? namespaces[name] : undefined) ?? name;
}
