import type { KubernetesObject, ResourceType } from "../../events/change.ts";
import type { Bindings } from "../cel/compile.ts";
import type { Rule } from "../pipeline/pipeline.ts";
import type { MirrorParameters } from "../actions/mirror/mirror-parameters.ts";
import type { OwnerTwin } from "./owners.ts";

/** The variables of a mirror rule's expressions: the source, and its cluster. A copy depends on nothing else. */
export function toMirrorBindings(
  object: KubernetesObject,
  { cluster }: Pick<MirrorContext, "cluster">,
): Bindings {
  return { object, cluster, now: "" };
}

/** Everything that a copy depends on, apart from its source. */
export type MirrorContext = {
  readonly rule: Pick<Rule, "id" | "on" | "where" | "then">;
  readonly mirror: MirrorParameters;
  /** The source's cluster, under the pipeline's name for it. */
  readonly cluster: { readonly name: string; readonly uid: string };
  /** The resource in the version in which the target gets it. */
  readonly type: ResourceType;
  /** The owners of the source as far as the target has them, by the uid of the source's owner. What is not there is dropped. */
  readonly owners: ReadonlyMap<string, OwnerTwin>;
  /** Uid of the target's cluster; absent if no copy is written. */
  readonly targetUid?: string | undefined;
  /** The namespace of the records; absent if it is not known. */
  readonly installation?: string | undefined;
};
