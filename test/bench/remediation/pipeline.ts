/** The pipeline sees only Jobs of this namespace. */
export const WATCHED_NAMESPACE = "default";

/** Every rule is on the same watch; the label assigns a Job to its rule. */
export function toPipeline(rules: number): string {
  const entries = Array.from({ length: rules }, (_, index) => ({
    id: toRuleId(index),
    on: { resource: "jobs.batch", namespaces: [WATCHED_NAMESPACE] },
    where: `object.metadata.labels["rule"] == "${toRuleId(index)}" && object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")`,
    once: "object",
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    then: [{ createJobFromCronJob: { cronJob: "owner" } }],
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
