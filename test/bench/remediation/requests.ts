import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";

const COUNTED = new Set(["remediations", "jobs", "cronjobs", "deployments", "events"]);

/**
 * The requests for records, Jobs, CronJobs, Deployments and Events that the API server has answered, by verb and resource (`PUT remediations/status`),
 * from its own metrics. Watches are left out: they are not made per remediation.
 */
export async function countRequests(
  client: KubernetesClient,
): Promise<ReadonlyMap<string, number>> {
  const { body } = await client.stream({ method: "GET", path: "/metrics", accept: "text/plain" });
  let text = "";
  for await (const chunk of body) text += String(chunk);
  const counts = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (!line.startsWith("apiserver_request_total{")) continue;
    const { verb = "", resource = "", subresource = "" } = readLabels(line);
    if (!COUNTED.has(resource) || verb === "WATCH") continue;
    const name = `${verb} ${resource}${subresource === "" ? "" : `/${subresource}`}`;
    counts.set(name, (counts.get(name) ?? 0) + Number(line.split(" ").at(-1)));
  }
  return counts;
}

/** The requests since then, each count divided by the number of remediations. */
export function toRequestsEach(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  remediations: number,
): ReadonlyMap<string, number> {
  const added = [...after].map(
    ([name, count]) => [name, (count - (before.get(name) ?? 0)) / remediations] as const,
  );
  return new Map(added.filter(([, each]) => each >= 0.005));
}

function readLabels(line: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...line.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
  );
}
