import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";

/** Requests that only the bench makes, or that are not made once per remediation. */
const NOT_COUNTED = new Set(["LIST", "WATCH", "PATCH"]);
const COUNTED = new Set(["remediations", "jobs", "cronjobs", "events"]);

/**
 * Requests for records, Jobs, CronJobs and Events that the API server has answered, by its own metrics. PATCH is left out, because this is how
 * the bench makes Jobs fail.
 */
export async function countRequests(client: KubernetesClient): Promise<number> {
  const { body } = await client.stream({ method: "GET", path: "/metrics", accept: "text/plain" });
  let text = "";
  for await (const chunk of body) text += String(chunk);
  let count = 0;
  for (const line of text.split("\n")) {
    if (!line.startsWith("apiserver_request_total{")) continue;
    const verb = /verb="([A-Z]+)"/.exec(line)?.[1] ?? "";
    const resource = /[{,]resource="([a-z]+)"/.exec(line)?.[1] ?? "";
    if (COUNTED.has(resource) && !NOT_COUNTED.has(verb)) count += Number(line.split(" ").at(-1));
  }
  return count;
}
