import { expect, it } from "vitest";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { createClusterPlanner } from "../../../relay/plan/plan-cluster.ts";
import {
  createScriptedClient,
  status,
  type ScriptedAnswer,
} from "../../support/kubernetes/scripted-client.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/";

const resources = (...names: readonly string[]) =>
  names.map((name) => ({
    resource: name,
    scope: "Namespaced",
    responseKind: { kind: name.slice(0, -1) },
  }));

const groups = (
  listed: Readonly<Record<string, readonly object[] | undefined>>,
): ScriptedAnswer => ({
  body: {
    kind: "APIGroupDiscoveryList",
    items: Object.entries(listed).map(([name, has]) => ({
      metadata: { name },
      versions: [
        has === undefined
          ? { version: "v1", resources: [], freshness: "Stale" }
          : { version: "v1", resources: has },
      ],
    })),
  },
});

async function plan(
  names: readonly string[],
  served: Readonly<Record<string, readonly object[] | undefined>>,
  definition: (name: string) => ScriptedAnswer,
) {
  const { client, requests } = createScriptedClient(({ path }) => {
    if (path === "/api") return groups({ "": resources("pods", "secrets") });
    if (path === "/apis") return groups(served);
    if (path.startsWith(DEFINITIONS)) return definition(path.slice(DEFINITIONS.length));
    return { status: 503, body: status(503, "the server is currently unable") };
  });
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "c" },
    watch: names.map((resource) => ({ resource })),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const reported: string[] = [];
  const planner = createClusterPlanner({
    client,
    clusterUid: "uid",
    discovery: createDiscovery({ client, now: () => 0 }),
    unordered: ({ resource }, { origin }) => reported.push(`${resource} ${origin}`),
  });
  const signal = new AbortController().signal;
  const { watches, absent } = await planner(parsed.value, signal);
  await planner(parsed.value, signal);
  return {
    watches: watches.map(({ name, target }) => `${name}${target.unordered ? " unordered" : ""}`),
    absent: absent?.map(({ name }) => name),
    reported,
    asked: requests.map(({ path }) => path).filter((path) => path.startsWith(DEFINITIONS)),
  };
}

const NOT_FOUND: ScriptedAnswer = { status: 404, body: status(404, "not found") };

it("orders resourceVersions of built-in kinds and of custom resources only, and requests no more than it must", async () => {
  const { watches, reported, asked } = await plan(
    ["pods", "widgets.example.com", "flunders.wardle.example.com", "gears.example.com"],
    { "example.com": resources("widgets", "gears"), "wardle.example.com": resources("flunders") },
    (name) => {
      if (name === "widgets.example.com") return { body: { kind: "PartialObjectMetadata" } };
      return name.startsWith("gears") ? { status: 403, body: status(403, "no") } : NOT_FOUND;
    },
  );
  expect(watches).toEqual([
    "pods",
    "widgets.example.com",
    "flunders.wardle.example.com unordered",
    "gears.example.com unordered",
  ]);
  expect(reported).toEqual(["flunders aggregated", "gears unknown"]);
  expect(asked).toHaveLength(3);
});

it("continues if one aggregated API is unavailable, whose resources are absent meanwhile", async () => {
  const { watches, absent } = await plan(
    ["pods", "flunders.wardle.example.com"],
    { "wardle.example.com": undefined },
    () => NOT_FOUND,
  );
  expect(watches).toEqual(["pods"]);
  expect(absent).toEqual(["flunders.wardle.example.com"]);
});
