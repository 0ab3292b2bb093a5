import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { readClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { connectKubeConfig } from "../../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import { planRelay } from "../../../relay/plan/planned-watch.ts";
import type { ControlPlane } from "../../../sandbox/control-plane/control-plane.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { startApiServer } from "../../support/kubernetes/api-server.ts";
import { runRelayUntil } from "../../support/relay/followed-watch.ts";

const NAMESPACES = "/api/v1/namespaces";
const MERGE = "application/merge-patch+json";

describe("selectors of labels and of namespaces, on a real API server", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let controlPlane: ControlPlane;
  let client: KubernetesClient;

  beforeAll(async () => {
    folder = temporaryFolder();
    controlPlane = await startApiServer("1.36.3", join(folder.path, "control-plane"));
    client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
  });

  afterAll(async () => {
    await client?.close();
    await controlPlane?.stop();
    folder?.[Symbol.dispose]();
  });

  const createNamespace = (name: string, labels: object): Promise<unknown> =>
    client.request({ method: "POST", path: NAMESPACES, body: { metadata: { name, labels } } });
  const relabelNamespace = (name: string, labels: object): Promise<unknown> =>
    patch(`${NAMESPACES}/${name}`, labels);
  const create = (namespace: string, name: string, labels: object): Promise<unknown> =>
    client.request({
      method: "POST",
      path: `${NAMESPACES}/${namespace}/configmaps`,
      body: { metadata: { name, labels } },
    });
  const relabel = (namespace: string, name: string, labels: object): Promise<unknown> =>
    patch(`${NAMESPACES}/${namespace}/configmaps/${name}`, labels);
  const remove = (namespace: string, name: string): Promise<unknown> =>
    client.request({
      method: "DELETE",
      path: `${NAMESPACES}/${namespace}/configmaps/${name}`,
    });
  const patch = (path: string, labels: object): Promise<unknown> =>
    client.request({
      method: "PATCH",
      path,
      contentType: MERGE,
      body: { metadata: { labels } },
    });

  it("reports entering as added, leaving as left and only a deletion as deleted", async () => {
    const parsed = parsePipeline({
      apiVersion: "kubemend.dev/v1alpha1",
      kind: "Pipeline",
      cluster: { name: "test" },
      watch: [
        {
          resource: "configmaps",
          labelSelector: "app=a",
          namespaces: { labelSelector: "team=data" },
        },
      ],
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const clusterUid = await readClusterUid(client);
    await createNamespace("data", { team: "data" });
    await createNamespace("other", {});
    await create("data", "one", { app: "a" });
    await create("data", "two", { app: "a" });
    await create("data", "unlabelled", {});
    await create("other", "far", { app: "a" });
    const steps: readonly (() => Promise<unknown>)[] = [
      () => relabel("data", "one", { app: null }),
      () => relabel("data", "one", { app: "a" }),
      () => remove("data", "one"),
      () => relabelNamespace("other", { team: "data" }),
      () => relabel("other", "far", { more: "yes" }),
      () => relabelNamespace("other", { team: "ops" }),
      () => relabelNamespace("other", { team: "data" }),
      () => client.request({ method: "DELETE", path: `${NAMESPACES}/other/configmaps/far` }),
    ];
    const START = 2;
    let taken = 0;
    const enough = (messages: readonly ChangeMessage[]): boolean => {
      while (taken <= messages.length - START && taken < steps.length) {
        void steps[taken]?.();
        taken += 1;
      }
      return messages.length === START + steps.length;
    };
    const journal = openJournal({ stateDir: join(folder.path, "state"), clusterUid });
    const watches = planRelay(parsed.value, builtinCatalog(), clusterUid);
    const messages = await runRelayUntil({ client, journal, watches, enough });
    journal.close();
    expect(messages.map(summarize)).toEqual([
      expect.stringMatching(/^added (one|two)$/),
      expect.stringMatching(/^added (one|two)$/),
      "left one",
      "added one",
      "deleted one",
      "added far",
      "modified far",
      "left far",
      "added far",
      "deleted far",
    ]);
    expect(messages.at(-3)?.data.namespaceLabels).toMatchObject({ team: "ops" });
    expect(messages.at(-2)?.data.resourceVersion).toBe(messages.at(-3)?.data.resourceVersion);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
  });
});

function summarize({ data }: ChangeMessage): string {
  return `${data.change} ${data.object.metadata.name}`;
}
