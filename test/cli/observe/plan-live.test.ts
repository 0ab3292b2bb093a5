import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { planLive } from "../../../cli/observe/plan-live.ts";
import { decideChange } from "../../../cli/simulate/decide/decide-change.ts";
import { formatPlan } from "../../../cli/simulate/report/format-plan.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import { toExampleMessage } from "../../examples/decide-example.ts";
import { createScriptedClient } from "../../support/kubernetes/scripted-client.ts";

const WEB: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", uid: "web-uid", generation: 1 },
  spec: { replicas: 1, template: { spec: { containers: [] } } },
};

/** The plan for the Deployment in a cluster that has these objects by their paths, and the paths that were read. */
async function planIn(cluster: Readonly<Record<string, object>>) {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    receivers: {
      chat: { slack: { channel: "#shop", token: { secret: "chat" } } },
      default: { sns: { topicArn: "arn:aws:sns:eu-central-1:111122223333:alerts" } },
    },
    route: [{ when: { namespaceLabels: "team=shop" }, to: "chat" }],
    rules: [
      {
        id: "rule",
        on: { resource: "deployments.apps" },
        once: "object",
        // The linter refuses a literal with the key `then`, which looks like a promise.
        ...Object.fromEntries([
          ["then", [{ label: { set: { a: "b" } } }, { alert: { summary: "'x'" } }]],
        ]),
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const pipeline = parsed.value;
  const message = toExampleMessage(pipeline, WEB);
  const { client, requests } = createScriptedClient(({ path }) => {
    const body = cluster[path];
    return body === undefined
      ? { status: 403, body: { kind: "Status", reason: "Forbidden", message: "forbidden" } }
      : { body };
  });
  const [decision] = decideChange(pipeline, message, []) ?? [];
  if (decision === undefined) throw new Error("no decision");
  const input = { pipeline, message, references: [], catalog: builtinCatalog(), client };
  const plan = await planLive(decision, input, new AbortController().signal);
  if (plan === undefined) throw new Error(decision.explanation);
  const lines = formatPlan(plan).map((line) => stripVTControlCharacters(line).trim());
  return { plan, lines, read: requests.map(({ path }) => path) };
}

const DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web";
const NAMESPACE = "/api/v1/namespaces/shop";
const SHOP = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", uid: "shop-uid", labels: { team: "shop" } },
};

test("shows the diff of the live object, and routes the alert by the labels of the namespace, which is read once", async () => {
  const { lines, read } = await planIn({ [DEPLOYMENT]: WEB, [NAMESPACE]: SHOP });
  expect(lines).toContain("would alert default: x");
  expect(lines).toContain("receivers: chat (the Slack channel #shop)");
  expect(lines).toContainEqual(expect.stringMatching(/^\+ +a: b$/));
  expect(read.filter((path) => path === NAMESPACE)).toHaveLength(1);
});

test("knows nothing of a namespace that the user may not read", async () => {
  const { lines } = await planIn({ [DEPLOYMENT]: WEB });
  expect(lines).toContainEqual(expect.stringMatching(/^receivers: default/));
  expect(lines.at(-1)).toContain("the labels of the namespace shop are not known");
});

test("an object that the user may not read is a refusal", async () => {
  const { plan } = await planIn({});
  expect(plan).toMatchObject({ steps: [], refusal: { code: "Forbidden" } });
});
