import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createTestQueueClient } from "../../support/queues/queue-server.ts";
import { readProcessUse, toCpuEach } from "../remediation/processes.ts";
import { changeSource, createSources, toConfigMapsPath } from "./load.ts";
import { BARE, type MirrorStage } from "./stage.ts";

const BATCH = 10;
const BATCHES_IN_FLIGHT = 4;
/** A change of a ConfigMap, and a transfer, as the relay and normalize send them. */
const BODIES = { changes: "x".repeat(2_500), transfers: "x".repeat(1_200) };

export type BareLoop = {
  readonly perSecond: number;
  /** CPU time for each change, in ms, by process. */
  readonly cpu: ReadonlyMap<string, number>;
};

type ConfigMap = {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
  readonly data: unknown;
};

/** Creates the objects of the loop in both clusters. */
export async function prepareBareLoop(
  { source, target }: MirrorStage,
  names: readonly string[],
): Promise<void> {
  for (const client of [source, target]) await createSources(client, BARE, names);
}

/**
 * The number of changes that this machine could mirror in a second at most: a loop that makes the same requests as one that is mirrored, in batches of
 * ten and 40 at a time, and decides nothing. The bench's own request, which changes the source, is part of it. A pipeline must not be
 * running.
 */
export async function measureBareLoop(
  stage: MirrorStage,
  { names, step }: { readonly names: readonly string[]; readonly step: string },
): Promise<BareLoop> {
  const queues = createTestQueueClient(stage.stage.queueEndpoint);
  try {
    const passes = await Promise.all(
      Object.entries(BODIES).map(([name, body]) =>
        createPass(stage, queues, { name: `${name}-${step}`, body }),
      ),
    );
    const batches = Array.from({ length: Math.ceil(names.length / BATCH) }, (_, index) =>
      names.slice(index * BATCH, (index + 1) * BATCH),
    );
    const before = readProcessUse();
    const startMs = performance.now();
    const rest = batches.values();
    const work = async (): Promise<void> => {
      for (const batch of rest) {
        await Promise.all(batch.map((name) => changeSource(stage.source, toPath(name), step)));
        for (const pass of passes) await pass(batch);
        await Promise.all(batch.map((name) => mirrorBare(stage, name)));
      }
    };
    await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, work));
    const perSecond = (names.length * 1_000) / (performance.now() - startMs);
    return { perSecond, cpu: toCpuEach(before, readProcessUse(), names.length) };
  } finally {
    queues.destroy();
  }
}

function toPath(name: string): string {
  return `${toConfigMapsPath(BARE)}/${name}`;
}

async function mirrorBare({ source, target }: MirrorStage, name: string): Promise<void> {
  const path = toPath(name);
  const read = (client: KubernetesClient): Promise<ConfigMap> =>
    client.request<ConfigMap>({ method: "GET", path });
  const { uid, resourceVersion } = (await read(target)).metadata;
  const { metadata, data } = await read(source);
  const annotations = { "kubemend.dev/source-version": metadata.resourceVersion };
  await target.request({
    method: "PATCH",
    path,
    query: { fieldManager: "kubemend", force: true },
    contentType: "application/apply-patch+yaml",
    body: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: BARE, uid, resourceVersion, annotations },
      data,
    },
  });
}

/** Sends a message for each of a batch, and receives and deletes as many. */
async function createPass(
  { stage }: MirrorStage,
  queues: SQSClient,
  { name, body }: { readonly name: string; readonly body: string },
): Promise<(batch: readonly string[]) => Promise<void>> {
  const QueueName = `bare-${name}.fifo`;
  const Attributes = { FifoQueue: "true", VisibilityTimeout: "360" };
  await queues.send(new CreateQueueCommand({ QueueName, Attributes }));
  const QueueUrl = `${stage.queueEndpoint}/000000000000/${QueueName}`;
  return async (batch) => {
    const Entries = batch.map((one, index) => ({
      Id: String(index),
      MessageBody: body,
      MessageGroupId: one,
      MessageDeduplicationId: one,
    }));
    await queues.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const receive = { QueueUrl, MaxNumberOfMessages: BATCH };
    const { Messages = [] } = await queues.send(new ReceiveMessageCommand(receive));
    if (Messages.length === 0) return;
    await queues.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
  };
}
