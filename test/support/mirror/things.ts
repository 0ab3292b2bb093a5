import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { poll } from "../../../sandbox/host/poll.ts";

const GROUP = "example.com";

const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;
const SCHEMA: object = {
  openAPIV3Schema: {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: { value: { type: "string" }, replicas: { type: "integer" }, more: open },
      },
      status: { type: "object", properties: { ready: { type: "string" } } },
    },
  },
};

/** Installs the custom resource `things.example.com`, served in these versions of one schema; the first is the one that is stored. */
export async function installThings(
  client: KubernetesClient,
  versions: readonly string[],
  schema: object = SCHEMA,
): Promise<void> {
  const names = { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" };
  await client.request({
    method: "POST",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    body: {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `things.${GROUP}` },
      spec: {
        group: GROUP,
        scope: "Namespaced",
        names,
        versions: versions.map((name, index) => ({
          name,
          served: true,
          storage: index === 0,
          subresources: { status: {} },
          schema,
        })),
      },
    },
  });
  for (const version of versions) await untilServed(client, version);
}

async function untilServed(client: KubernetesClient, version: string): Promise<void> {
  const path = `/apis/${GROUP}/${version}/namespaces/default/things`;
  await poll({
    intervalMs: 50,
    timeoutMs: 30_000,
    toTimeout: () => new Error(`${path} is not served`),
    async ask() {
      try {
        await client.request({ method: "GET", path });
        // The API server learns the schema by which it checks an apply a moment later than the resource.
        await client.request({
          method: "PATCH",
          path: `${path}/probe`,
          query: { fieldManager: "test", force: true, dryRun: "All" },
          contentType: "application/apply-patch+yaml",
          body: { apiVersion: `${GROUP}/${version}`, kind: "Thing", metadata: { name: "probe" } },
        });
        return true;
      } catch (error) {
        if (isKubemendError(error)) return undefined;
        throw error;
      }
    },
  });
}
