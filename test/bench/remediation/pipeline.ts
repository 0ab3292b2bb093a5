import { GUARDS, type GuardsName } from "./guards.ts";
import { WATCHED_NAMESPACE, type Work } from "./work.ts";

/** Every rule is on the same watch; the label assigns an object to its rule. */
export function toPipeline(
  rules: number,
  { resource, where, then }: Work,
  guards: GuardsName,
): string {
  const entries = Array.from({ length: rules }, (_, index) => ({
    id: toRuleId(index),
    on: { resource, namespaces: [WATCHED_NAMESPACE] },
    where: `object.metadata.labels["rule"] == "${toRuleId(index)}" && ${where}`,
    once: "object",
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    then: [then],
    guards: GUARDS[guards],
  }));
  return JSON.stringify({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "bench" },
    rules: entries,
  });
}

export function toRuleId(index: number): string {
  return `rule-${index}`;
}
