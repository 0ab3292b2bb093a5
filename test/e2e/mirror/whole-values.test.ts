import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { Json, MirrorWorld } from "../../support/mirror/mirror-world.ts";
import { startShopWorld, toShopObject } from "../../support/mirror/shop-object.ts";

type Tamper = (client: KubernetesClient, path: string) => Promise<unknown>;

const DENY_ALL = { podSelector: {}, policyTypes: ["Ingress"] };
const NARROWED = { podSelector: { matchLabels: { app: "none" } } };
const WEB = { app: "web" };
const INGRESS = {
  rules: [
    {
      http: {
        paths: [
          {
            path: "/",
            pathType: "Prefix",
            backend: { service: { name: "web", port: { number: 80 } } },
          },
        ],
      },
    },
  ],
};

/** Changes fields of the spec as somebody of the target does it. */
function patch(spec: Json): Tamper {
  const contentType = "application/merge-patch+json";
  return (client, path) =>
    client.request({
      method: "PATCH",
      path,
      query: { fieldManager: "tenant" },
      contentType,
      body: { spec },
    });
}

/** Applies another spec under the name of Kubemend, with the marks of the copy. */
function applyAsKubemend(spec: Json): Tamper {
  return async (client, path) => {
    const { apiVersion, kind, metadata } = await client.request<KubernetesObject>({
      method: "GET",
      path,
    });
    const { name, labels, annotations } = metadata;
    await client.request({
      method: "PATCH",
      path,
      query: { fieldManager: "kubemend", force: true },
      contentType: "application/apply-patch+yaml",
      body: { apiVersion, kind, metadata: { name, labels, annotations }, spec },
    });
  };
}

/** Changes the spec, and says then that Kubemend has applied it so. */
async function forge(client: KubernetesClient, path: string): Promise<void> {
  const before = await client.request<KubernetesObject>({ method: "GET", path });
  await patch(NARROWED)(client, path);
  const { managedFields } = before.metadata;
  const body = { metadata: { managedFields } };
  const contentType = "application/merge-patch+json";
  await client.request({ method: "PATCH", path, contentType, body });
}

/** Changes the spec, and removes what the API server notes about owners of fields. */
async function disown(client: KubernetesClient, path: string): Promise<void> {
  await patch(NARROWED)(client, path);
  const body = { metadata: { managedFields: [{}] } };
  const contentType = "application/merge-patch+json";
  await client.request({ method: "PATCH", path, contentType, body });
}

const POLICY = "networkpolicies.networking.k8s.io";

const CASES: readonly (readonly [what: string, resource: string, spec: Json, tamper: Tamper])[] = [
  ["the empty selector of a policy", POLICY, DENY_ALL, patch(NARROWED)],
  ["the rules that a policy does not have", POLICY, DENY_ALL, patch({ ingress: [{}] })],
  [
    "the selector of a Service",
    "services",
    { selector: WEB, ports: [{ port: 80 }] },
    patch({ selector: { x: "y" } }),
  ],
  [
    "the selector of a budget",
    "poddisruptionbudgets.policy",
    { minAvailable: 1, selector: { matchLabels: WEB } },
    patch({ selector: { matchLabels: { x: "y" } } }),
  ],
  [
    "an element of a list",
    "ingresses.networking.k8s.io",
    INGRESS,
    patch({ rules: [{ ...INGRESS.rules[0], host: "nowhere.example" }] }),
  ],
  [
    "a selector, under the name of Kubemend",
    POLICY,
    DENY_ALL,
    applyAsKubemend({ ...DENY_ALL, ...NARROWED }),
  ],
  [
    "a list of rules, under the name of Kubemend",
    POLICY,
    DENY_ALL,
    applyAsKubemend({ ...DENY_ALL, ingress: [{}] }),
  ],
  ["a selector, with forged managedFields", POLICY, DENY_ALL, forge],
  ["a selector, without managedFields", POLICY, DENY_ALL, disown],
];

describe("a copy is repaired if somebody has added to", () => {
  let world: MirrorWorld;

  beforeAll(async () => {
    world = await startShopWorld();
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it.each(CASES)("%s", async (what, resource, spec, tamper) => {
    const name = what.toLowerCase().replaceAll(/[^a-z]+/g, "-");
    const { path, create, mirror } = toShopObject(world, resource, name);
    const object = await create({ spec });
    const run = () => mirror(object);
    const readSpec = async () =>
      (await world.target.request<Json>({ method: "GET", path }))["spec"];

    await run();
    const copied = await readSpec();
    expect((await run()).counts).toEqual([]);
    await tamper(world.target, path);
    expect(await readSpec()).not.toEqual(copied);
    expect((await run()).counts).toEqual(["Drift", "Mirrored"]);
    expect(await readSpec()).toEqual(copied);
    expect((await run()).counts).toEqual([]);
  });
});
