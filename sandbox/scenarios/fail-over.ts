import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { findBackup } from "./find-backup.ts";
import type { Scenario, ScenarioContext } from "./scenario.ts";
import { showMessage } from "./show-message.ts";

const NAME = "shop";
const REPLICAS = 3;

type Deployment = { readonly spec: { readonly replicas: number } };

/** (e) A Deployment whose Pods cannot run here gets its replicas in the other cluster, in which nothing of Kubemend is installed. */
export const failOver: Scenario = {
  id: "e",
  title: "a Deployment that is unavailable in one cluster is scaled in another one",
  async run(context) {
    const { kubernetes: backup } = findBackup(context);
    const version = await readVersion(backup);
    await context.change(
      `Deployment ${NAME} is created, without replicas in the cluster backup (Kubernetes ${version}), and with ${REPLICAS} that no node takes here`,
      async () => {
        await create(backup, context, 0);
        await create(context.kubernetes, context, REPLICAS);
      },
    );
    await context.step(
      "after five seconds its twin in the cluster backup has the replicas",
      async () => {
        const { spec } = await read(backup, context);
        return spec.replicas === REPLICAS ? spec : undefined;
      },
      { detail: ({ replicas }) => `${replicas} replicas` },
    );
    await context.step(
      "the record is in the cluster of the rule, and names the other one",
      async () => {
        const { items } = await context.kubernetes.request<{
          items: readonly { readonly status?: { readonly message?: string } }[];
        }>({ method: "GET", path: "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations" });
        return items.find(({ status }) => status?.message?.includes("in cluster backup") === true);
      },
    );
    const alert = await context.step("the alert was delivered", async () =>
      context.alerts().find(({ trigger }) => trigger.name === NAME),
    );
    await showMessage(context, alert);
  },
};

const toPath = ({ namespace }: ScenarioContext): string =>
  `/apis/apps/v1/namespaces/${namespace}/deployments`;

async function create(
  client: KubernetesClient,
  context: ScenarioContext,
  replicas: number,
): Promise<void> {
  const labels = { app: NAME };
  const containers = [{ name: "main", image: "sandbox/shop" }];
  const nodeSelector = { "sandbox.kubemend.dev/no-such-node": "true" };
  const template = { metadata: { labels }, spec: { containers, nodeSelector } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  const body = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: NAME }, spec };
  await client.request({ method: "POST", path: toPath(context), body });
}

function read(client: KubernetesClient, context: ScenarioContext): Promise<Deployment> {
  return client.request({ method: "GET", path: `${toPath(context)}/${NAME}` });
}

async function readVersion(client: KubernetesClient): Promise<string> {
  const { gitVersion } = await client.request<{ gitVersion: string }>({
    method: "GET",
    path: "/version",
  });
  return gitVersion.replace(/^v/, "");
}
