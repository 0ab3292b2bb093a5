import type { ResourceType } from "../../events/change.ts";

/** A kind that an API server serves. `preferred` marks the preferred version of its group. */
export type CatalogEntry = ResourceType & {
  readonly preferred: boolean;
  /** Set if the server says that its objects cannot be listed and watched. */
  readonly unwatchable?: true | undefined;
  /** Set if the server has no subresource for the status: a write to the object writes it, too. */
  readonly hasPlainStatus?: true | undefined;
};

/** What a cluster serves, indexed for look-ups. Built once per discovery, immutable. */
export type Catalog = {
  /** `discovery`: from the live cluster. `builtin`: the table that ships with Kubemend. */
  readonly source: "discovery" | "builtin";
  readonly entries: readonly CatalogEntry[];
  /** By exact kind. */
  readonly byKind: ReadonlyMap<string, readonly CatalogEntry[]>;
  /** By lower-case kind, and by lower-case plural. */
  readonly byFoldedName: ReadonlyMap<string, readonly CatalogEntry[]>;
  readonly groups: ReadonlySet<string>;
  /** Versions (`metrics.k8s.io/v1beta1`) whose resources are unknown, because their server has not answered yet. */
  readonly unanswered: readonly string[];
};
