import { sha256 } from "../../events/ids.ts";
import { toCanonicalJson } from "../json/canonical-json.ts";
import { isRemediation } from "../actions/registry.ts";
import { hasMirror } from "./mirror-rule.ts";
import type { DeliveryMode, Payload, Pipeline, Rule, Watch, WatchSelection } from "./pipeline.ts";

type Draft = Omit<Watch, "rules" | "explicit" | "payload" | "delivery" | "carriesDeleted"> & {
  readonly rules: Rule[];
  explicit: boolean;
  carriesDeleted: boolean;
  payload?: Payload;
  delivery: DeliveryMode;
};

/**
 * The watches that a pipeline needs, in the order of the file: one per resource, namespace and pair of selectors.
 * Rules with the same selection share a watch. The key is `<resource>-<12 hex>` and depends on the selection alone, so that a
 * watch and its journal stay when a rule's condition, another rule, or the delivery is changed. How much of the objects is read
 * is not part of the key either, see core/pipeline/projection.ts.
 */
export function planWatches(pipeline: Pick<Pipeline, "rules" | "watch">): readonly Watch[] {
  const drafts = new Map<string, Draft>();
  const add = (selection: WatchSelection): readonly Draft[] =>
    (selection.namespaces ?? [null]).map((namespace) => {
      const key = toWatchKey(selection, namespace);
      const draft = drafts.get(key) ?? toDraft(key, selection, namespace);
      drafts.set(key, draft);
      return draft;
    });
  for (const rule of pipeline.rules) {
    for (const draft of add(rule.on)) {
      if (!draft.rules.includes(rule)) draft.rules.push(rule);
      if (needsDeleted(rule)) draft.carriesDeleted = true;
    }
  }
  for (const entry of pipeline.watch) {
    for (const draft of add(entry)) {
      draft.explicit = true;
      if (entry.payload !== undefined) draft.payload = entry.payload;
      if (entry.delivery === "every") draft.delivery = "every";
    }
  }
  return [...drafts.values()];
}

function toDraft(key: string, selection: WatchSelection, namespace: string | null): Draft {
  const { resource, namespaceSelector, labelSelector, fieldSelector } = selection;
  const selectors = { namespaceSelector, labelSelector, fieldSelector };
  const planned = {
    rules: [],
    explicit: false,
    carriesDeleted: false,
    delivery: "latest",
  } as const;
  return { key, resource, namespace, ...selectors, ...planned, rules: [] };
}

/**
 * A rule that is about deletions, or that must not overlook an object which vanished before its state was sent. Such an object has no copy,
 * so a mirror need not know of it.
 */
function needsDeleted({ on, then }: Rule): boolean {
  if (hasMirror({ then })) return false;
  return on.changes.includes("deleted") || isRemediation(then);
}

function toWatchKey(selection: WatchSelection, namespace: string | null): string {
  const { resource, namespaceSelector, labelSelector, fieldSelector } = selection;
  const selectors = { namespaceSelector, labelSelector, fieldSelector };
  const canonical = toCanonicalJson({ resource, namespace, ...selectors });
  return `${resource}-${sha256(canonical).slice(0, 12)}`;
}

/** A watch without rules. */
export function toSelectionWatch(selection: WatchSelection): Watch {
  return toDraft(toWatchKey(selection, null), selection, null);
}

const indexes = new WeakMap<Pipeline, ReadonlyMap<string, readonly Rule[]>>();

/** The rules that are bound to a watch key; empty if this pipeline has no such watch. Indexed once per pipeline. */
export function findBoundRules(pipeline: Pipeline, watchKey: string): readonly Rule[] {
  let index = indexes.get(pipeline);
  if (index === undefined) {
    index = new Map(planWatches(pipeline).map((watch) => [watch.key, watch.rules]));
    indexes.set(pipeline, index);
  }
  return index.get(watchKey) ?? [];
}
