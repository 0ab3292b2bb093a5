import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../../core/errors.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import { API_SERVERS } from "../../support/kubernetes/api-server.ts";
import { readArrivals } from "../../support/queues/arrivals.ts";
import type { QueueServer } from "../../support/queues/queue-server.ts";
import { prepareRelay, type RelayOnApiServer } from "../../support/relay/relay-on-api-server.ts";
import type { RelayUnderTest } from "../../support/relay/relay-process.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const CRD = `${CRDS}/widgets.example.com`;
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

type Version = "v1beta1" | "v1";

/** Served in these versions, of which the last one is the storage version. */
const definition = (served: readonly Version[], stored: Version): object => ({
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget" },
    versions: (["v1beta1", "v1"] as const).map((name) => ({
      name,
      served: served.includes(name),
      storage: name === stored,
      schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
    })),
  },
});

const summarize = ({ data }: ChangeMessage): string =>
  `${data.change} ${data.object.kind} ${data.object.metadata.name}`;

describe.each(API_SERVERS)(
  "a relay that watches a custom resource, on kube-apiserver %s",
  (version) => {
    let world: RelayOnApiServer;
    let client: KubernetesClient;
    let queues: QueueServer;
    let relay: RelayUnderTest;

    beforeAll(async () => {
      world = await prepareRelay(
        version,
        "{ resource: widgets.example.com }",
        "{ resource: configmaps, namespaces: [default] }",
      );
      ({ client, queues, relay } = world);
    });

    afterAll(async () => world?.[Symbol.asyncDispose]());

    const widgets = (served: Version): string =>
      `/apis/example.com/${served}/namespaces/default/widgets`;
    const create = (served: Version, name: string): Promise<unknown> =>
      untilServed(() =>
        client.request({
          method: "POST",
          path: widgets(served),
          body: { apiVersion: `example.com/${served}`, kind: "Widget", metadata: { name } },
        }),
      );
    const change = (served: Version, name: string, value: string): Promise<unknown> =>
      untilServed(() =>
        client.request({
          method: "PATCH",
          path: `${widgets(served)}/${name}`,
          contentType: "application/merge-patch+json",
          body: { value },
        }),
      );
    const define = (served: readonly Version[], stored: Version): Promise<unknown> =>
      client.request({
        method: "PATCH",
        path: CRD,
        contentType: "application/merge-patch+json",
        body: definition(served, stored),
      });
    /** Writes each object unchanged, as a storage-version migrator does. */
    const rewrite = async (served: Version, name: string): Promise<void> => {
      const path = `${widgets(served)}/${name}`;
      const body = await client.request({ method: "GET", path });
      await client.request({ method: "PUT", path, body });
    };

    it("is ready without it, and reports its objects once it is installed, through a migration to another storage version, the end of the watched version, and the removal and return of the definition", async () => {
      const arrivals = readArrivals(queues, summarize);
      const has = (...lines: readonly string[]): Promise<void> =>
        arrivals.until((messages) => {
          const reported = messages.map(summarize);
          return lines.every((line) => reported.includes(line));
        });
      const count = (line: string): number =>
        arrivals.all.map(summarize).filter((it) => it === line).length;

      await relay.start();
      expect(relay.output()).toContain("the cluster serves no resource widgets.example.com now");
      await client.request({
        method: "POST",
        path: CONFIG_MAPS,
        body: { metadata: { name: "other" } },
      });
      await has("added ConfigMap other");

      // Installed while the relay runs.
      const names = Array.from({ length: 30 }, (_, index) => `w${index}`);
      await client.request({
        method: "POST",
        path: CRDS,
        body: definition(["v1beta1"], "v1beta1"),
      });
      for (const name of names) await create("v1beta1", name);
      await has(...names.map((name) => `added Widget ${name}`));

      // Another preferred and storage version, and all objects written again.
      await define(["v1beta1", "v1"], "v1");
      await change("v1", "w0", "changed by v1");
      for (const name of names.slice(1)) await rewrite("v1", name);
      await has(...names.map((name) => `modified Widget ${name}`));

      // The watched version is no longer served; changes made meanwhile arrive through the other one.
      await define(["v1"], "v1");
      await change("v1", "w1", "changed meanwhile");
      await untilServed(() => client.request({ method: "DELETE", path: `${widgets("v1")}/w2` }));
      await create("v1", "late");
      await has("deleted Widget w2", "added Widget late");
      await arrivals.until(() => count("modified Widget w1") === 2);

      // Removed with all of its objects, and installed again.
      await client.request({ method: "DELETE", path: CRD });
      const alive = [...names.filter((name) => name !== "w2"), "late"];
      await untilGone(() => client.request({ method: "GET", path: CRD }));
      await client.request({ method: "POST", path: CRDS, body: definition(["v1"], "v1") });
      await create("v1", "w0");
      await has(...alive.map((name) => `deleted Widget ${name}`));
      await arrivals.until(() => count("added Widget w0") === 2);

      expect(names.map((name) => count(`deleted Widget ${name}`))).toEqual(names.map(() => 1));
      const ofW0 = arrivals.all.map(summarize).filter((line) => line.endsWith(" w0"));
      expect(ofW0.slice(-2)).toEqual(["deleted Widget w0", "added Widget w0"]);
      const last = arrivals.all.findLast((message) => summarize(message) === "added Widget w0");
      expect(last?.data.resource.version).toBe("v1");
      expect(last?.data.object.apiVersion).toBe("example.com/v1");

      // The other watch is not affected by any of this.
      await client.request({ method: "DELETE", path: `${CONFIG_MAPS}/other` });
      await has("deleted ConfigMap other");
      expect(await relay.stop()).toBe(0);
    });
  },
);

/** A definition is served some time after it was accepted. */
async function untilServed<T>(ask: () => Promise<T>): Promise<T> {
  let answer: { readonly value: T } | undefined;
  await expect
    .poll(
      async () => {
        try {
          answer = { value: await ask() };
        } catch (error) {
          if (!isKubemendError(error, "NotFound") && !isKubemendError(error, "Unavailable"))
            throw error;
        }
        return answer !== undefined;
      },
      { timeout: 30_000, interval: 50 },
    )
    .toBe(true);
  if (answer === undefined) throw new Error("not served");
  return answer.value;
}

async function untilGone(ask: () => Promise<unknown>): Promise<void> {
  await expect
    .poll(
      () =>
        ask().then(
          () => "there",
          (error: unknown) => (isKubemendError(error, "NotFound") ? "gone" : String(error)),
        ),
      { timeout: 30_000, interval: 100 },
    )
    .toBe("gone");
}
