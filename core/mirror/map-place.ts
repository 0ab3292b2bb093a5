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

/** The place of the source of a copy that has no annotation for it; undefined if no source can have that copy. */
export function unmapPlace(
  copy: Place,
  resource: string,
  { namespaces, names }: Mapping,
): Place | undefined {
  if (resource === "namespaces") {
    const name = unmapNamespace(copy.name, namespaces);
    return name === undefined ? undefined : { namespace: null, name };
  }
  const { prefix = "", suffix = "" } = names;
  const isMapped = copy.name.startsWith(prefix) && copy.name.endsWith(suffix);
  const name = copy.name.slice(prefix.length, copy.name.length - suffix.length);
  const namespace = copy.namespace === null ? null : unmapNamespace(copy.namespace, namespaces);
  return isMapped && name !== "" && namespace !== undefined ? { namespace, name } : undefined;
}

/** A name that another namespace is mapped to cannot be reached by a namespace that keeps its name, unless nothing else is mapped there. */
export function unmapNamespace(
  copy: string,
  namespaces: Mapping["namespaces"],
): string | undefined {
  const mapped = Object.entries(namespaces).find(([, to]) => to === copy);
  if (mapped !== undefined) return mapped[0];
  return Object.hasOwn(namespaces, copy) ? undefined : copy;
}
