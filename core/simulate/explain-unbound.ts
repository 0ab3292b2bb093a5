import type { ChangeMessage } from "../../events/change.ts";
import { toResourceName } from "../references/resource-name.ts";
import type { Pipeline, Watch } from "../pipeline/pipeline.ts";
import { planWatches } from "../pipeline/watches.ts";

/** The key of the watch of an object that no watch selects, if objects are simulated instead of a recording. */
export const NO_WATCH = "objects";

/**
 * Why no rule of a pipeline decides on a message: rules see only messages of their own watch, and the key of a watch is made of
 * its selection. Names the rules on the same resource, with what they watch instead.
 */
export function explainUnbound(pipeline: Pipeline, message: ChangeMessage): string {
  const { watch: key, resource } = message.data;
  const watches = planWatches(pipeline);
  const own = watches.find((watch) => watch.key === key);
  if (own !== undefined) return `the watch ${key} has no rules`;
  const name = toResourceName(resource);
  const others = watches.filter((watch) => watch.resource === name && watch.rules.length > 0);
  const isObject = key === NO_WATCH;
  if (others.length === 0) return `no rule is on ${name}${isObject ? "" : ` (watch ${key})`}`;
  const elsewhere = others.map((watch) => {
    const ids = watch.rules.map((rule) => rule.id).join(", ");
    return `${ids} on ${describeWatch(watch)}`;
  });
  const what = isObject ? "no rule selects it" : `no rule is bound to the watch ${key}`;
  return `${what}: ${elsewhere.join("; ")}`;
}

/** The watches with rules of which a recording has no messages: what their rules would do is not known. */
export function findUnrecorded(
  pipeline: Pipeline,
  recorded: ReadonlySet<string>,
): readonly Watch[] {
  return planWatches(pipeline).filter(({ key, rules }) => rules.length > 0 && !recorded.has(key));
}

/** What a watch selects, and its key. */
export function describeWatch(watch: Watch): string {
  const { key, resource, namespace, namespaceSelector, labelSelector, fieldSelector } = watch;
  const namespaces =
    namespaceSelector === undefined
      ? "all namespaces"
      : `namespaces with labels ${namespaceSelector}`;
  const parts = [
    namespace === null ? namespaces : `namespace ${namespace}`,
    ...(labelSelector === undefined ? [] : [`labels ${labelSelector}`]),
    ...(fieldSelector === undefined ? [] : [`fields ${fieldSelector}`]),
  ];
  return `${resource} in ${parts.join(", ")} (${key})`;
}
