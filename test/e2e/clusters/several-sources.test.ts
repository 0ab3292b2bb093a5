/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { join } from "node:path";
import { ReceiveMessageCommand, type Message } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { DEAD_LETTER_CODE, DEAD_LETTER_REASON } from "../../../events/dead-letter.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { startQueues, type SandboxQueues } from "../../../sandbox/queues/queues.ts";
import {
  startSourceCluster,
  writePipeline,
  type SourceCluster,
} from "../../support/clusters/source-clusters.ts";
import { startFunctions } from "../../support/functions/functions.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { createTestQueueClient } from "../../support/queues/queue-server.ts";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";
const FUNCTIONS = ["normalize", "remediate", "transfer"] as const;

type Metadata = {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};

const folder = temporaryFolder();
const stack = new AsyncDisposableStack();
let prod: SourceCluster;
let eu: SourceCluster;
let third: SourceCluster;
let queues: SandboxQueues;

/** One file for all clusters; only where a function finds the kubeconfig of `eu` depends on the function. */
const toDocument = (kubeconfig: string) => ({
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "prod" },
  clusters: [{ name: "eu", uid: eu.uid, access: { kubeconfig } }],
  rules: [
    {
      id: "mend",
      on: { resource: "deployments.apps", namespaces: ["default"], clusters: ["prod", "eu"] },
      where: 'object.metadata.labels.state == "broken"',
      once: "object",
      then: [{ label: { set: { "mended-in": { cel: "cluster.name" } } } }],
    },
    {
      id: "fail-over",
      on: { resource: "deployments.apps", namespaces: ["default"], clusters: ["eu"] },
      where: 'object.metadata.labels.state == "gone"',
      once: "object",
      then: [{ label: { target: { cluster: "prod" }, set: { from: { cel: "cluster.name" } } } }],
    },
    {
      id: "share",
      on: { resource: "configmaps", namespaces: ["default"], clusters: ["prod", "eu"] },
      then: [{ mirror: { to: ["prod", "eu"] } }],
    },
  ],
});

function parse(document: object): Pipeline {
  const parsed = parsePipeline(document);
  if (parsed.ok) return parsed.value;
  throw new Error(JSON.stringify(parsed.error));
}

beforeAll(async () => {
  [prod, eu, third] = await Promise.all([
    startSourceCluster("prod", "1.36.3", folder.path),
    startSourceCluster("eu", "1.33.13", folder.path),
    startSourceCluster("third", "1.36.3", folder.path),
  ]);
  for (const cluster of [prod, eu, third]) stack.use(cluster);
  queues = await startQueues();
  stack.defer(() => queues.stop());
  const pipeline = parse(toDocument("unused"));
  const [own, other] = [await prod.install(pipeline), await eu.install(pipeline)];
  // In a cluster that the pipeline does not know somebody has installed the relay of the pipeline's own.
  const { relay: unknown } = await third.install(pipeline, "prod");
  for (const name of FUNCTIONS) {
    const file = join(folder.path, `${name}.json`);
    writePipeline(file, toDocument(other[name]));
    const environment = { KUBEMEND_RETRY_BACKOFF_MAX_SECONDS: "1" };
    const kubeconfigs = { [name]: own[name] };
    stack.use(startFunctions({ queues, pipeline: file, kubeconfigs, environment }));
  }
  const file = writePipeline(join(folder.path, "relay.json"), toDocument("unused"));
  const relays = [
    prod.relay(file, own.relay, queues),
    eu.relay(file, other.relay, queues),
    third.relay(file, unknown, queues),
  ];
  for (const relay of relays) {
    stack.use(relay);
    await relay.start();
  }
});

afterAll(async () => {
  await stack.disposeAsync();
  folder[Symbol.dispose]();
});

function createDeployment(
  { client }: SourceCluster,
  name: string,
  state: string,
): Promise<unknown> {
  const labels = { app: name };
  const containers = [{ name: "c", image: "any" }];
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { replicas: 0, selector: { matchLabels: labels }, template };
  const metadata = { name, labels: { state } };
  return client.request({ method: "POST", path: DEPLOYMENTS, body: { metadata, spec } });
}

async function readMetadata(
  { client }: { readonly client: KubernetesClient },
  path: string,
): Promise<Metadata | undefined> {
  try {
    const read = await client.request<{ readonly metadata: Metadata }>({ method: "GET", path });
    return read.metadata;
  } catch (error) {
    if (isKubemendError(error, "NotFound")) return undefined;
    throw error;
  }
}

async function readRecords({ client }: SourceCluster): Promise<readonly RemediationRecord[]> {
  const { items } = await client.request<{ readonly items: readonly RemediationRecord[] }>({
    method: "GET",
    path: RECORDS,
  });
  return items;
}

describe("relays of several clusters on one queue", () => {
  it("have one rule remediate each change in the cluster in which it happened, where its record is", async () => {
    await Promise.all([prod, eu].map((one) => createDeployment(one, "web", "broken")));
    for (const cluster of [prod, eu]) {
      const readMark = async () =>
        (await readMetadata(cluster, `${DEPLOYMENTS}/web`))?.labels?.["mended-in"];
      await expect.poll(readMark).toBe(cluster.name);
      const { name, uid } = cluster;
      await expect
        .poll(() => readRecords(cluster))
        .toMatchObject([{ spec: { cluster: { name, uid } }, status: { phase: "Succeeded" } }]);
    }
  });

  it("have a rule for one of them act in the pipeline's own cluster, which is another one then", async () => {
    await createDeployment(prod, "moved", "whole");
    await createDeployment(eu, "moved", "gone");
    const readMark = async () =>
      (await readMetadata(prod, `${DEPLOYMENTS}/moved`))?.labels?.["from"];
    await expect.poll(readMark).toBe("eu");
    const ofRule = async (cluster: SourceCluster) =>
      (await readRecords(cluster)).filter(({ spec }) => spec.rule.id === "fail-over").length;
    expect([await ofRule(eu), await ofRule(prod)]).toEqual([1, 0]);
  });

  it("have one rule keep the objects of each cluster equal in the other, with the uid of the right source", async () => {
    const create = ({ client }: SourceCluster, name: string): Promise<unknown> =>
      client.request({
        method: "POST",
        path: CONFIG_MAPS,
        body: { metadata: { name }, data: { from: name } },
      });
    await Promise.all([create(prod, "of-prod"), create(eu, "of-eu")]);
    for (const [source, target, name] of [
      [prod, eu, "of-prod"],
      [eu, prod, "of-eu"],
    ] as const) {
      const readMark = async () => {
        const metadata = await readMetadata(target, `${CONFIG_MAPS}/${name}`);
        return metadata?.annotations?.["kubemend.dev/source-cluster"];
      };
      await expect.poll(readMark).toBe(source.uid);
      expect((await readMetadata(source, `${CONFIG_MAPS}/${name}`))?.annotations).toBeUndefined();
    }
  });

  it("end in the dead-letter queue with the reason if the pipeline does not know their cluster", async () => {
    await createDeployment(third, "web", "broken");
    const sqs = createTestQueueClient(queues.endpoint);
    const receive = async () => {
      const { Messages: [message] = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queues.queues["changesDeadLetter"],
          MessageAttributeNames: ["All"],
        }),
      );
      return message;
    };
    let message: Message | undefined;
    await expect.poll(async () => (message ??= await receive()), { timeout: 30_000 }).toBeDefined();
    sqs.destroy();
    expect(message?.MessageAttributes?.[DEAD_LETTER_CODE]?.StringValue).toBe("ForeignCluster");
    expect(message?.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue).toContain(
      `(${third.uid}), this function reaches ${prod.uid}: no rule takes changes of that cluster`,
    );
    expect(await readRecords(third)).toEqual([]);
  });
});
