import type { SetObject } from "../../../../core/move/set-object.ts";

/** An object of a set, with the uid `uid-of-NAME`; `owners` are names. */
export function toObject(
  resource: string,
  name: string,
  {
    owners = [],
    ...rest
  }: Partial<Omit<SetObject, "owners">> & { readonly owners?: readonly string[] } = {},
): SetObject {
  const dot = resource.indexOf(".");
  const plural = dot === -1 ? resource : resource.slice(0, dot);
  const group = dot === -1 ? "" : resource.slice(dot + 1);
  const kind = `${plural.slice(0, 1).toUpperCase()}${plural.slice(1, -1)}`;
  return {
    type: { group, version: "v1", resource: plural, kind, namespaced: true },
    namespace: "shop",
    name,
    uid: toUid(name),
    resourceVersion: "1",
    owners: owners.map((owner) => ({
      apiVersion: "v1",
      kind: "Owner",
      name: owner,
      uid: toUid(owner),
      controller: false,
    })),
    finalizers: [],
    isTerminating: false,
    annotations: {},
    isOptedOut: false,
    ...rest,
  };
}

export function toUid(name: string): string {
  return `uid-of-${name}`;
}
