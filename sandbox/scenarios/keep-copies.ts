import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../core/errors.ts";
import { COMPARE_REQUEST_ANNOTATION, type MirrorStatus } from "../../events/mirrors/mirror.ts";
import { findBackup } from "./find-backup.ts";
import type { BackupInScenario, Scenario, ScenarioContext } from "./scenario.ts";

/** The paths of the objects and of their copies, as the rules of sandbox/two-clusters.yaml map them. */
const HERE = "/api/v1/namespaces/shop/configmaps";
const THERE = "/api/v1/namespaces/shop-dr/configmaps";
const DEPLOYMENTS_HERE = "/apis/apps/v1/namespaces/shop/deployments";
const DEPLOYMENTS_THERE = "/apis/apps/v1/namespaces/shop-dr/deployments";
const MIRROR = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/mirrors/mirror-settings.backup";

/** The text of the request, which no earlier one had. */
const REQUEST = "play";

const MIRRORED = { mirror: "yes" };

/** The time limit for a comparison, which begins with the next run of the sweep. */
const COMPARISON_MS = 60_000;
/** Messages are tried again after 2 s, and then after twice as long each time. */
const RETRIED_MS = 90_000;

type ConfigMap = {
  readonly metadata: { readonly uid: string };
  readonly data?: Readonly<Record<string, string>>;
};
type Deployment = {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: { readonly containers: readonly [{ readonly image: string }] };
    };
  };
};

/** (f) Objects of one cluster are kept equal in another one, under other names, although somebody changes a copy and the other cluster goes away. */
export const keepCopies: Scenario = {
  id: "f",
  title: "a mirror keeps copies in another cluster equal, with other names and namespaces",
  async run(context) {
    const backup = findBackup(context);
    await copyObjects(context, backup);
    await repairDrift(context, backup);
    await surviveOutage(context, backup);
  },
};

async function copyObjects(context: ScenarioContext, { kubernetes: there }: BackupInScenario) {
  const { kubernetes: here } = context;
  await context.change(
    "ConfigMaps prices and obsolete and Deployment web are created in namespace shop",
    async () => {
      await createConfigMap(here, "prices", { tea: "3" });
      await createConfigMap(here, "obsolete", { coffee: "4" });
      await createDeployment(here);
    },
  );
  await hasData(context, there, "ConfigMap shop-dr/eu-prices is in the cluster backup", {
    name: "eu-prices",
    data: { tea: "3" },
  });
  await context.step(
    "so is Deployment shop-dr/eu-web, which runs nothing there",
    async () => {
      const copy = await find<Deployment>(there, `${DEPLOYMENTS_THERE}/eu-web`);
      return copy?.spec.replicas === 0 ? copy : undefined;
    },
    { detail: ({ spec }) => `image ${spec.template.spec.containers[0].image}` },
  );
}

async function repairDrift(context: ScenarioContext, { kubernetes: there }: BackupInScenario) {
  const { kubernetes: here } = context;
  // An earlier comparison says nothing about what is changed now.
  await context.step(
    "all objects of the mirror have been compared once",
    async () => {
      const status = await readMirror(here);
      return status?.state === "InSync" ? status : undefined;
    },
    { timeoutMs: COMPARISON_MS },
  );
  await context.change("somebody changes the copy eu-prices in the cluster backup", () =>
    setData(there, `${THERE}/eu-prices`, { tea: "999" }),
  );
  await context.change(
    "a person requests a comparison: kubemend mirror compare mirror-settings",
    () =>
      here.request({
        method: "PATCH",
        path: MIRROR,
        contentType: "application/merge-patch+json",
        body: { metadata: { annotations: { [COMPARE_REQUEST_ANNOTATION]: REQUEST } } },
      }),
  );
  await hasData(context, there, "the comparison has repaired it", {
    name: "eu-prices",
    data: { tea: "3" },
    timeoutMs: COMPARISON_MS,
  });
  await context.step(
    "the mirror says what the comparison found",
    async () => {
      const { lastComparison } = (await readMirror(here)) ?? {};
      return lastComparison?.request === REQUEST ? lastComparison : undefined;
    },
    { detail: ({ compared, drifted }) => `${compared} compared, ${drifted} drifted` },
  );
}

async function surviveOutage(context: ScenarioContext, backup: BackupInScenario) {
  const { kubernetes: here } = context;
  const { kubernetes: there } = backup;
  await context.change("the API server of the cluster backup is killed", backup.kill);
  await context.change(
    "while it is away, prices is modified, obsolete deleted, and offers created",
    async () => {
      await setData(here, `${HERE}/prices`, { tea: "5" });
      await here.request({ method: "DELETE", path: `${HERE}/obsolete` });
      await createConfigMap(here, "offers", { cake: "2" });
    },
  );
  await context.change(
    "ConfigMap settings-here is created, about which a rule sends an alert",
    () =>
      here.request({
        method: "POST",
        path: `/api/v1/namespaces/${context.namespace}/configmaps`,
        body: { metadata: { name: "settings-here" } },
      }),
  );
  await context.step("a rule that needs no other cluster is not held up", async () =>
    context.alerts().find(({ trigger }) => trigger.name === "settings-here"),
  );
  await context.step("the mirror notices that its target is away", async () =>
    (await readMirror(here))?.unreachableSince === undefined ? undefined : true,
  );
  await context.change("the API server of the cluster backup is started again", backup.start);
  const retried = { timeoutMs: RETRIED_MS };
  await hasData(context, there, "eu-prices is equal again", {
    name: "eu-prices",
    data: { tea: "5" },
    ...retried,
  });
  await hasData(context, there, "eu-offers is there", {
    name: "eu-offers",
    data: { cake: "2" },
    ...retried,
  });
  await context.step(
    "eu-obsolete is gone",
    async () => {
      const copy = await find(there, `${THERE}/eu-obsolete`);
      return copy === undefined ? true : undefined;
    },
    retried,
  );
}

/** Waits until the copy has exactly these data. */
function hasData(
  context: ScenarioContext,
  client: KubernetesClient,
  step: string,
  wanted: {
    readonly name: string;
    readonly data: Readonly<Record<string, string>>;
    readonly timeoutMs?: number;
  },
): Promise<ConfigMap> {
  const { name, data, ...limit } = wanted;
  return context.step(
    step,
    async () => {
      const copy = await find<ConfigMap>(client, `${THERE}/${name}`);
      return JSON.stringify(copy?.data) === JSON.stringify(data) ? copy : undefined;
    },
    limit,
  );
}

/** An object, or undefined if there is none. */
async function find<T>(client: KubernetesClient, path: string): Promise<T | undefined> {
  try {
    return await client.request<T>({ method: "GET", path });
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return undefined;
    throw error;
  }
}

async function readMirror(client: KubernetesClient): Promise<MirrorStatus | undefined> {
  return (await find<{ readonly status?: MirrorStatus }>(client, MIRROR))?.status;
}

function createConfigMap(
  client: KubernetesClient,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<unknown> {
  const body = { metadata: { name, labels: MIRRORED }, data };
  return client.request({ method: "POST", path: HERE, body });
}

function setData(
  client: KubernetesClient,
  path: string,
  data: Readonly<Record<string, string>>,
): Promise<unknown> {
  const contentType = "application/merge-patch+json";
  return client.request({ method: "PATCH", path, contentType, body: { data } });
}

function createDeployment(client: KubernetesClient): Promise<unknown> {
  const labels = { app: "web" };
  const containers = [{ name: "main", image: "sandbox/web:1" }];
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  const body = { metadata: { name: "web", labels: MIRRORED }, spec };
  return client.request({ method: "POST", path: DEPLOYMENTS_HERE, body });
}
