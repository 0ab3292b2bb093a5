import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { ChangeMessage } from "../../../events/change.ts";
import { API_SERVERS } from "../../support/kubernetes/api-server.ts";
import { readArrivals } from "../../support/queues/arrivals.ts";
import type { QueueServer } from "../../support/queues/queue-server.ts";
import { postText } from "../../support/kubernetes/post-text.ts";
import { prepareRelay, type RelayOnApiServer } from "../../support/relay/relay-on-api-server.ts";
import type { RelayUnderTest } from "../../support/relay/relay-process.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const THINGS = "/apis/example.dev/v1/namespaces/default/things";
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
/** Deeper than any recursive JSON parser can handle. */
const LEVELS = 4_440;

const DEFINITION = {
  metadata: { name: "things.example.dev" },
  spec: {
    group: "example.dev",
    scope: "Namespaced",
    names: { plural: "things", singular: "thing", kind: "Thing" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
};

const summarize = ({ data }: ChangeMessage): string =>
  `${data.change} ${data.object.metadata.name}${data.truncated === true ? " truncated" : ""}`;

describe.each(API_SERVERS)("unusual objects, on kube-apiserver %s", (version) => {
  let world: RelayOnApiServer;
  let client: KubernetesClient;
  let queues: QueueServer;
  let relay: RelayUnderTest;

  beforeAll(async () => {
    world = await prepareRelay(
      version,
      "{ resource: things.example.dev }",
      "{ resource: configmaps, namespaces: [default] }",
    );
    ({ client, queues, relay } = world);
    await client.request({ method: "POST", path: CRDS, body: DEFINITION });
  });

  afterAll(async () => world?.[Symbol.asyncDispose]());

  const createThing = async (name: string, spec: string): Promise<void> => {
    const body = `{"apiVersion":"example.dev/v1","kind":"Thing","metadata":{"name":"${name}"},"spec":${spec}}`;
    for (;;) {
      const { status, answer } = await postText(world.controlPlane.kubeconfig, THINGS, body);
      if (status === 201) return;
      // The definition was created only a moment ago.
      if (status !== 404) throw new Error(`${status}: ${answer.slice(0, 300)}`);
      await sleep(100);
    }
  };
  const createConfigMap = (name: string, data: object): Promise<unknown> =>
    client.request({
      method: "POST",
      path: CONFIG_MAPS,
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data },
    });

  it("are sent with the parts that fit into a message, while all others arrive whole, also with a relay that is killed and restarted", async () => {
    const arrivals = readArrivals(queues, summarize);
    const has = (...lines: readonly string[]): Promise<void> =>
      arrivals.until((messages) => {
        const seen = messages.map(summarize);
        return lines.every((line) => seen.includes(line));
      });
    await createThing("before-deep", `${'{"a":'.repeat(LEVELS)}{}${"}".repeat(LEVELS)}`);
    await relay.start();
    await has("added before-deep truncated");

    await createThing("deep-object", `${'{"a":'.repeat(LEVELS)}{}${"}".repeat(LEVELS)}`);
    await createThing("deep-list", `{"a":${"[".repeat(LEVELS)}${"]".repeat(LEVELS)}}`);
    await createThing("allowed", `${'{"a":'.repeat(400)}{}${"}".repeat(400)}`);
    await createThing("digits", '{"max":9223372036854775807,"odd":9007199254740993}');
    await createConfigMap("refused-characters", { text: "\ufffe\uffff \u{1f600}" });
    await createConfigMap("plain", { text: "plain" });
    await has(
      "added deep-object truncated",
      "added deep-list truncated",
      "added allowed",
      "added digits",
      "added refused-characters",
      "added plain",
    );
    const bodies = new Map(
      arrivals.all.map((message) => [message.data.object.metadata.name, message]),
    );
    expect(bodies.get("deep-object")?.data.reason).toMatch(/^nested more than 500 levels deep/);
    expect(JSON.stringify(bodies.get("digits")?.data.object["spec"])).toBe(
      '{"max":9223372036854775807,"odd":9007199254740993}',
    );
    expect(bodies.get("refused-characters")?.data.object["data"]).toEqual({
      text: "\ufffe\uffff \u{1f600}",
    });

    await relay.kill();
    await client.request({ method: "DELETE", path: `${THINGS}/deep-list` });
    await createConfigMap("while-away", { text: "plain" });
    await relay.start();
    await has("deleted deep-list truncated", "added while-away");
    expect(relay.output()).not.toContain("Maximum call stack size exceeded");
  });
});
