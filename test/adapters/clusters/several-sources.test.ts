/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Source, Sources } from "../../../adapters/clusters/source.ts";
import { openSources } from "../../../adapters/clusters/sources.ts";
import { openSeveral } from "../../../adapters/clusters/several-sources.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { KubemendError } from "../../../core/errors.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { OtherCluster, Pipeline } from "../../../core/pipeline/pipeline.ts";
import { createScriptedClient } from "../../support/kubernetes/scripted-client.ts";

const UIDS: Readonly<Record<string, string>> = {
  eu: "eeeeeeee-0000-4000-8000-00000000000e",
  us: "bbbbbbbb-0000-4000-8000-00000000000b",
};
const toUid = (name: string): string => UIDS[name] ?? name;

function parse(clusters: readonly string[] | undefined): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    clusters: ["eu", "us"].map((name) => ({
      name,
      uid: toUid(name),
      access: { kubeconfig: name },
    })),
    rules: [
      {
        id: "a",
        on: { resource: "pods", ...(clusters === undefined ? {} : { clusters }) },
        then: [{ alert: { to: "ops", summary: "'x'" } }],
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const toClient = (uid: string): KubernetesClient =>
  createScriptedClient(() => ({
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", uid } },
  })).client;

const own = { client: toClient("uid-prod"), clusterUid: async () => "uid-prod" };

async function open(
  clusters: readonly string[],
  connect: (cluster: OtherCluster) => Promise<KubernetesClient>,
  now = (): number => 0,
): Promise<Sources<Source>> {
  return openSeveral({ client: own.client, pipeline: parse(clusters) }, (one) => one, {
    now,
    connect,
  });
}

const toBody = (uid: string, more: object = {}): string =>
  JSON.stringify({ source: `/clusters/${uid}/watches/pods-1`, ...more });

const byName = async ({ name }: OtherCluster): Promise<KubernetesClient> => toClient(toUid(name));

describe("the context of a message", () => {
  it.each([
    ["the pipeline's own cluster", toBody("uid-prod"), "prod"],
    ["a source", toBody("eeeeeeee-0000-4000-8000-00000000000e"), "eu"],
    [
      "a source, packed",
      toBody("eeeeeeee-0000-4000-8000-00000000000e", { data_base64: gzipSync("{}").toString() }),
      "eu",
    ],
    [
      "a cluster of which no rule takes changes",
      toBody("bbbbbbbb-0000-4000-8000-00000000000b"),
      "prod",
    ],
    ["an unknown cluster", toBody("uid-of-any"), "prod"],
    ["no cluster", "{}", "prod"],
    [
      "a source that is no text",
      JSON.stringify({ source: ["/clusters/eeeeeeee-0000-4000-8000-00000000000e/"] }),
      "prod",
    ],
    ["no JSON", "{", "prod"],
  ])("is that of its cluster: %s", async (_what, body, name) => {
    const sources = await open(["prod", "eu"], byName);
    expect((await sources.of(body)).pipeline.cluster.name).toBe(name);
  });

  it("is one of them whatever a message contains", async () => {
    const sources = await open(["prod", "eu"], byName);
    const message = fc.record({
      source: fc.oneof(fc.jsonValue(), fc.string()),
      data: fc.jsonValue(),
    });
    const bodies = fc.oneof(
      fc.string(),
      fc.oneof(fc.jsonValue(), message).map((json) => JSON.stringify(json)),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        expect((await sources.of(body)).pipeline.cluster.name).toBe("prod");
      }),
    );
  });

  it("asks the API server of its cluster for the uid", async () => {
    const sources = await open(["eu"], byName);
    const { clusterUid } = await sources.of(toBody("eeeeeeee-0000-4000-8000-00000000000e"));
    expect(await clusterUid(new AbortController().signal)).toBe(
      "eeeeeeee-0000-4000-8000-00000000000e",
    );
  });

  it("is made once for all messages of a cluster, which is connected at its first message", async () => {
    const connected: string[] = [];
    const sources = await open(["prod", "eu"], async (cluster) => {
      connected.push(cluster.name);
      return byName(cluster);
    });
    expect(connected).toEqual([]);
    const first = await sources.of(toBody("eeeeeeee-0000-4000-8000-00000000000e"));
    expect(await sources.of(toBody("eeeeeeee-0000-4000-8000-00000000000e"))).toBe(first);
    expect(connected).toEqual(["eu"]);
  });

  it("is a temporary failure if the cluster cannot be connected, and is made by a later message", async () => {
    let fails = true;
    const sources = await open(["prod", "eu"], async (cluster) => {
      const error = new KubemendError("InvalidConfiguration", "no file", { retryable: false });
      if (fails) throw error;
      return byName(cluster);
    });
    await expect(sources.of(toBody("eeeeeeee-0000-4000-8000-00000000000e"))).rejects.toMatchObject({
      code: "InvalidConfiguration",
      retryable: true,
      message: "the cluster eu cannot be connected: no file",
    });
    expect((await sources.of(toBody("uid-prod"))).pipeline.cluster.name).toBe("prod");
    fails = false;
    expect(
      (await sources.of(toBody("eeeeeeee-0000-4000-8000-00000000000e"))).pipeline.cluster.name,
    ).toBe("eu");
  });

  it("asks a cluster that does not answer once, and the others as ever", async () => {
    const away = new KubemendError("Unreachable", "no route", { retryable: true });
    let asked = 0;
    const sources = await open(["prod", "eu", "us"], async ({ name }) => ({
      ...toClient(toUid(name)),
      ...(name === "eu"
        ? {
            request: async () => {
              asked += 1;
              throw away;
            },
          }
        : {}),
    }));
    const { signal } = new AbortController();
    const eu = await sources.of(toBody("eeeeeeee-0000-4000-8000-00000000000e"));
    for (let time = 0; time < 3; time += 1) {
      await expect(eu.clusterUid(signal)).rejects.toThrow("no route");
    }
    expect(asked).toBe(1);
    const us = await sources.of(toBody("bbbbbbbb-0000-4000-8000-00000000000b"));
    expect(await us.clusterUid(signal)).toBe("bbbbbbbb-0000-4000-8000-00000000000b");
  });

  it("sends nothing but the question for its uid to a server that is another cluster, until that is corrected", async () => {
    let uid = "bbbbbbbb-0000-4000-8000-00000000000b";
    const paths: string[] = [];
    const sources = await open(["prod", "eu"], async () => {
      const { client } = createScriptedClient(({ path }) => {
        paths.push(path);
        return { body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "a", uid } } };
      });
      return client;
    });
    const { client, clusterUid } = await sources.of(toBody("eeeeeeee-0000-4000-8000-00000000000e"));
    const refused = {
      code: "ForeignCluster",
      retryable: true,
      message:
        "cluster eu is to have the uid eeeeeeee-0000-4000-8000-00000000000e, and the server reached has bbbbbbbb-0000-4000-8000-00000000000b: correct its access, or its uid in the pipeline",
    };
    const path = "/api/v1/pods";
    const { signal } = new AbortController();
    await expect(client.request({ method: "GET", path })).rejects.toMatchObject(refused);
    await expect(client.request({ method: "DELETE", path })).rejects.toMatchObject(refused);
    await expect(client.stream({ method: "GET", path })).rejects.toMatchObject(refused);
    await expect(clusterUid(signal)).rejects.toMatchObject(refused);
    expect(new Set(paths)).toEqual(new Set(["/api/v1/namespaces/kube-system"]));
    uid = "eeeeeeee-0000-4000-8000-00000000000e";
    paths.length = 0;
    await client.request({ method: "GET", path });
    await client.request({ method: "GET", path });
    expect(paths).toEqual(["/api/v1/namespaces/kube-system", path, path]);
  });

  it("connects the pipeline's own cluster as the function does, and others by their access", async () => {
    const sources = await open(["eu"], byName);
    const { connect, pipeline } = await sources.of(toBody("eeeeeeee-0000-4000-8000-00000000000e"));
    const [prod, us] = pipeline.clusters;
    if (connect === undefined || prod === undefined || us === undefined) throw new Error("none");
    expect(await connect(prod)).toBe(own.client);
    expect((await connect(us)).server).not.toBe("");
    expect(await connect(us)).not.toBe(own.client);
  });
});

describe("the contexts of a function", () => {
  const discovery = { catalog: () => Promise.reject(), refresh: () => Promise.reject() };
  const load = () => import("../../../adapters/clusters/several-sources.ts");

  it("are one if no rule names clusters: the whole pipeline, whatever a message says", async () => {
    const pipeline = parse(undefined);
    const source = { ...own, pipeline, discovery };
    const sources = await openSources(source, (one) => one, Date.now, load);
    expect(sources.others).toEqual([]);
    expect(await sources.of(toBody("eeeeeeee-0000-4000-8000-00000000000e"))).toBe(source);
  });

  it("are one for each source", async () => {
    const source = { ...own, pipeline: parse(["us", "prod", "eu"]), discovery };
    const sources = await openSources(source, (one) => one, Date.now, load);
    expect(sources.others.map(({ name }) => name)).toEqual(["eu", "us"]);
  });

  it("include that of the own cluster without rules of other clusters", async () => {
    const source = { ...own, pipeline: parse(["eu"]), discovery };
    const sources = await openSources(source, (one) => one, Date.now, load);
    expect(sources.own.pipeline.rules).toEqual([]);
  });
});
