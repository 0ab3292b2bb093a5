import type { ResourceType } from "../../../events/change.ts";
import type { MirroredObject } from "../../../events/transfer.ts";
import type { Discovery } from "../../../adapters/kubernetes/api/discovery.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { OpenCluster } from "../../../adapters/clusters/open-clusters.ts";
import type { MirrorParameters } from "../../../core/actions/mirror/mirror-parameters.ts";
import {
  findKeepers,
  type CopiedObject,
  type RuleIds,
} from "../../../core/mirror/keeping-rules.ts";
import type { MirrorContext } from "../../../core/mirror/mirror-context.ts";
import type { MirrorRule } from "../../../core/pipeline/mirror-rule.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";

/** The cluster of the sources, connected. */
export type SourceCluster = {
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
  readonly name: string;
  readonly uid: string;
};

/** The mirror of one rule in one target. */
export type MirrorWork = {
  readonly rule: Rule;
  readonly mirror: MirrorParameters;
  /** All rules that mirror, this one included. */
  readonly rules: readonly MirrorRule[];
  readonly source: SourceCluster;
  readonly target: OpenCluster;
  /** The namespace of the records, which copies name; absent if it is not known. */
  readonly installation?: string | undefined;
};

/** One object of a mirror. */
export type ObjectWork = MirrorWork & {
  readonly object: Pick<MirroredObject, "namespace" | "name">;
  /** Its copy is probably missing: it is created without asking first, which saves a request for each object of a first mirror. */
  readonly isNew: boolean;
  /** Until when its owners are waited for (ms since the epoch). */
  readonly ownersUntilMs: number;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** The context in which an object of the mirror is judged, without the copies of its owners. */
export function toContext(
  { rule, mirror, source: { name, uid }, target, installation }: MirrorWork,
  type: ResourceType,
): MirrorContext {
  const cluster = { name, uid };
  return { rule, mirror, cluster, type, owners: new Map(), targetUid: target.uid, installation };
}

/** The other rules that keep a copy of this object at this place of the target. */
export function findOtherRules(
  { rule, rules, target, source: { name, uid } }: MirrorWork,
  object: Pick<CopiedObject, "place" | "copy" | "source" | "type">,
): RuleIds {
  return findKeepers(rules, { ...object, rule, target: target.name, cluster: { name, uid } });
}
