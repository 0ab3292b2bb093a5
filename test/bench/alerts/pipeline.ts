import { JOB_WORK, WATCHED_NAMESPACE } from "../remediation/work.ts";

/** The ways to send alerts. The name of each is the label by which its rule selects Jobs. */
const WAYS = {
  alone: { group: "off" },
  first: { groupBy: "object.metadata.name" },
  storm: { window: "10s" },
} as const;
export type Way = keyof typeof WAYS;

/** A rule for each way; all alert to one webhook on this machine. */
export function toAlertPipeline(url: string): string {
  const rules = Object.entries(WAYS).map(([way, grouping]) => ({
    id: way,
    on: { resource: JOB_WORK.resource, namespaces: [WATCHED_NAMESPACE] },
    where: `object.metadata.labels["rule"] == "${way}" && ${JOB_WORK.where}`,
    once: "object",
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    then: [{ alert: { to: "bench", summary: "object.metadata.name", ...grouping } }],
  }));
  return JSON.stringify({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "bench" },
    receivers: { bench: { webhook: { url: `${url}/hook` } } },
    rules,
  });
}
