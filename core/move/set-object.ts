import type { ResourceType } from "../../events/change.ts";
import type { SourceOwner } from "../mirror/owners.ts";
import { toResourceName } from "../references/resource-name.ts";

/** The part of an object by which a move is planned: its identity, its owners, and what may hold it. */
export type SetObject = {
  readonly type: ResourceType;
  readonly namespace: string | null;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly owners: readonly SourceOwner[];
  readonly finalizers: readonly string[];
  readonly isTerminating: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether its owner does not want Kubemend to change it. */
  readonly isOptedOut: boolean;
  /** Why each cluster has one of its own, as far as the metadata says. */
  readonly ownOfCluster?: string | undefined;
  /** The Cluster of Cluster API to which its label or name says that it belongs. */
  readonly clusterName?: string | undefined;
  /** The label or annotation by which a tool such as Argo CD knows it. */
  readonly managerMark?: string | undefined;
};

/** `Machine shop/web-1`: an object, for people. */
export function nameObject({
  type,
  namespace,
  name,
}: Pick<SetObject, "type" | "namespace" | "name">): string {
  return namespace === null ? `${type.kind} ${name}` : `${type.kind} ${namespace}/${name}`;
}

export function nameResource({ type }: Pick<SetObject, "type">): string {
  return toResourceName(type);
}
