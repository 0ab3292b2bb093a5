import type { ChangeMessage, KubernetesObject } from "../../../events/change.ts";
import type { FoundReference } from "../../../events/reference.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { findReferences } from "../../../core/references/find-references.ts";
import {
  decide,
  findExclusion,
  toMessageBindings,
  type Decision,
} from "../../../core/decide/decide.ts";
import { toOwnCluster } from "../../../core/decide/own-cluster.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { findBoundRules } from "../../../core/pipeline/watches.ts";
import { explainDecision } from "../../../core/simulate/explain-decision.ts";

/** A decision as normalize would make it, with its full reason. */
export type ExplainedDecision = Decision & { readonly explanation: string };

/** Decides on a message with a pipeline; undefined if none of its rules is bound to the message's watch. */
export function decideChange(
  pipeline: Pipeline,
  recorded: ChangeMessage,
  references: readonly FoundReference[],
): readonly ExplainedDecision[] | undefined {
  const { data } = recorded;
  const rules = findBoundRules(pipeline, data.watch);
  if (rules.length === 0) return undefined;
  const cluster = toOwnCluster(pipeline, data.cluster);
  const message = { ...recorded, data: { ...data, cluster } };
  const bindings = toMessageBindings(message, references);
  return decide({ rules, message, references }).map((decision) => ({
    ...decision,
    explanation: explainDecision(decision, message, bindings),
  }));
}

/** A message as the rules of a pipeline see it. */
export type SeenMessage = { readonly pipeline: Pipeline; readonly message: ChangeMessage };

/** The references of an object; none if no rule of these pipelines evaluates its message, in which case normalize skips this work too. */
export function readReferences(
  seen: readonly SeenMessage[],
  object: KubernetesObject,
  catalog: Catalog,
): readonly FoundReference[] {
  const isEvaluated = seen.some(({ pipeline, message }) =>
    findBoundRules(pipeline, message.data.watch).some(
      (rule) => findExclusion(rule, message) === undefined,
    ),
  );
  return isEvaluated ? findReferences(object, catalog) : [];
}
