/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../../adapters/kubernetes/http/client.ts";
import { findCanary, readFolder, type Evidence } from "../../../support/host/canary.ts";
import type { FlowWorld } from "../../../support/mirror/flow-world.ts";
import { TARGET } from "../../../support/mirror/mirror-world.ts";
import { PATIENT, startFlow, type FlowScene } from "./flow-scene.ts";

const ON = { resource: "secrets", namespaces: ["shop"] };
const RULES = [
  { id: "mirror-secrets", on: ON, then: [{ mirror: { to: [TARGET] } }] },
  // The relay sends whole Secrets for this one, and it has a plan, a record, an Event and an alert.
  {
    id: "mark-secrets",
    on: ON,
    where: 'object.type == "Opaque"',
    once: "object",
    then: [
      { annotate: { set: { seen: { cel: "object.metadata.name" } } } },
      { alert: { to: "ops", summary: "'there is a Secret ' + object.metadata.name" } },
    ],
  },
];
const SECRETS = "/api/v1/namespaces/shop/secrets";
const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";

const stack = new AsyncDisposableStack();
let world: FlowWorld;
let scene: FlowScene;

beforeAll(async () => {
  ({ world, scene } = await startFlow(stack, RULES));
});

afterAll(async () => {
  await stack.disposeAsync();
});

type List = { readonly items: readonly object[] };
type Resources = {
  readonly resources: readonly {
    readonly name: string;
    readonly verbs: readonly string[];
  }[];
};

/** All objects of a cluster in these groups, but for its Secrets. */
async function readObjects(client: KubernetesClient, from: string): Promise<readonly Evidence[]> {
  const read = <T>(path: string) => client.request<T>({ method: "GET", path });
  const found: Evidence[] = [];
  for (const group of ["/api/v1", "/apis/apps/v1", "/apis/kubemend.dev/v1alpha1"]) {
    // The target has no definitions of Kubemend.
    const { resources } = await read<Resources>(group).catch(() => ({ resources: [] }));
    for (const { name, verbs } of resources) {
      if (!verbs.includes("list") || name === "secrets") continue;
      const { items } = await read<List>(`${group}/${name}`);
      for (const item of items) {
        found.push({ from: `${from}: ${name}`, bytes: Buffer.from(JSON.stringify(item)) });
      }
    }
  }
  return found;
}

describe("values of a Secret that one rule mirrors and another one acts upon", () => {
  it("are in its copy, and in no message, log, metric, record or other object of either cluster", async () => {
    const [first, second] = [1, 2].map(() => `c4n4ry${randomBytes(9).toString("hex")}`);
    const toBase64 = (text = ""): string => Buffer.from(text).toString("base64");
    await scene.create(SECRETS, "login", { stringData: { password: first } });
    const ended = async (): Promise<readonly unknown[]> => {
      const path = RECORDS;
      const { items } = await world.source.request<{
        readonly items: readonly { readonly status?: { readonly phase?: string } }[];
      }>({ method: "GET", path });
      return items.map(({ status }) => status?.phase);
    };
    await expect.poll(ended, PATIENT).toEqual(["Succeeded"]);
    await scene.patch(`${SECRETS}/login`, { stringData: { password: second } });
    await expect
      .poll(scene.copyAt(`${SECRETS}/login`), PATIENT)
      .toMatchObject({ data: { password: toBase64(second) } });
    const { tap, queues } = world;
    for (const queue of ["changes", "transfers", "remediations", "alerts"]) {
      const named = tap.sentTo(queues[queue] ?? "").filter((body) => body.includes("login"));
      expect([queue, named.length > 0]).toEqual([queue, true]);
    }
    const evidence = [
      ...tap.heard,
      ...readFolder(join(world.folder, "relay-state")),
      { from: "functions", bytes: Buffer.from(world.functionLines.join("\n")) },
      { from: "relay", bytes: Buffer.from(world.relay.output()) },
      ...(await readObjects(world.source, "source")),
      ...(await readObjects(world.target, "target")),
    ];
    expect(evidence.some(({ from }) => from === "source: remediations")).toBe(true);
    for (const canary of [first ?? "", second ?? ""]) {
      expect(findCanary(canary, evidence)).toEqual([]);
    }
  });
});
