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

/** The place of the object whose copy is at this place; undefined if the rule has no copy there. */
export function unmapPlace(
  { namespace, name }: Place,
  resource: string,
  { namespaces, names }: Mapping,
): Place | undefined {
  if (resource === "namespaces") {
    const own = unmapNamespace(name, namespaces);
    return own === undefined ? undefined : { namespace: null, name: own };
  }
  const { prefix = "", suffix = "" } = names;
  const isMapped = name.startsWith(prefix) && name.slice(prefix.length).endsWith(suffix);
  const own = namespace === null ? null : unmapNamespace(namespace, namespaces);
  if (!isMapped || own === undefined) return undefined;
  return { namespace: own, name: name.slice(prefix.length, name.length - suffix.length) };
}

function unmapNamespace(name: string, namespaces: Mapping["namespaces"]): string | undefined {
  const mapped = Object.entries(namespaces).find(([, to]) => to === name);
  return mapped?.[0] ?? (Object.hasOwn(namespaces, name) ? undefined : name);
}

export function mapNamespace(name: string, namespaces: Mapping["namespaces"]): string {
  return (Object.hasOwn(namespaces, name) ? namespaces[name] : undefined) ?? name;
}
