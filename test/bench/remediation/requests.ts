import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";

const COUNTED = new Set([
  "remediations",
  "ruleguards",
  "jobs",
  "cronjobs",
  "deployments",
  "events",
]);

/**
 * The requests for these resources that the API server has answered, by verb and resource (`PUT remediations/status`), from its own
 * metrics. Default: records, guards, Jobs, CronJobs, Deployments and Events. Watches are left out: they are not made for each object.
 */
export async function countRequests(
  client: KubernetesClient,
  resources: ReadonlySet<string> = COUNTED,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { request, resource, count } of await readRequests(client)) {
    if (!resources.has(resource) || request.startsWith("WATCH ")) continue;
    counts.set(request, (counts.get(request) ?? 0) + count);
  }
  return counts;
}

/** The number of answers to a request, by status. */
export async function countAnswers(
  client: KubernetesClient,
  wanted: string,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { request, code, count } of await readRequests(client)) {
    if (request === wanted) counts.set(code, (counts.get(code) ?? 0) + count);
  }
  return counts;
}

type Counted = {
  /** `PUT remediations/status`. */
  readonly request: string;
  readonly resource: string;
  readonly code: string;
  readonly count: number;
};

async function readRequests(client: KubernetesClient): Promise<readonly Counted[]> {
  const { body } = await client.stream({ method: "GET", path: "/metrics", accept: "text/plain" });
  let text = "";
  for await (const chunk of body) text += String(chunk);
  return text
    .split("\n")
    .filter((line) => line.startsWith("apiserver_request_total{"))
    .map((line) => {
      const { verb = "", resource = "", subresource = "", code = "" } = readLabels(line);
      const request = `${verb} ${resource}${subresource === "" ? "" : `/${subresource}`}`;
      return { request, resource, code, count: Number(line.split(" ").at(-1)) };
    });
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
