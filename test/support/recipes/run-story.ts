import type { AlertMessage } from "../../../events/alert.ts";
import type { KubernetesObject } from "../../../events/change.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { parseRemediationRequest, type RemediationRequest } from "../../../events/request.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { createClusterUid } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import { createDiscovery } from "../../../adapters/kubernetes/api/discovery.ts";
import { isEnded } from "../../../core/records/phase.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { createNormalize } from "../../../functions/normalize/normalize.ts";
import { createFakeQueues, toQueueUrl, toRecord } from "../../adapters/lambda/invocation.ts";
import { toExampleMessage } from "../../examples/decide-example.ts";
import { createScene } from "../functions/remediation-scene.ts";
import { getRecord, type RemediationWorld } from "../functions/remediation-world.ts";

export type StoryEnd = {
  readonly record: RemediationRecord;
  readonly alerts: readonly AlertMessage[];
  /** The phases in which the record waited, in order, each once. */
  readonly waited: readonly string[];
};

export type StoryPlay = {
  readonly world: RemediationWorld;
  readonly pipeline: Pipeline;
  /** Clients with exactly the rights that the pipeline needs. */
  readonly normalizeClient: KubernetesClient;
  readonly remediateClient: KubernetesClient;
  readonly trigger: KubernetesObject;
  /** Who decides, if the rule asks. */
  readonly approve: (record: RemediationRecord) => Promise<void>;
  /** The work of a controller or a kubelet while the record waits. */
  readonly meanwhile?: ((record: RemediationRecord) => Promise<void>) | undefined;
};

const WAITS_MAX = 20;

/**
 * Reports the trigger as the relay would, to the real normalize; its request to the real remediate; and every wake-up at its time, on a
 * clock of its own, until the record has ended.
 */
export async function runStory(play: StoryPlay): Promise<StoryEnd> {
  const { world, pipeline, remediateClient, approve, meanwhile } = play;
  const scene = createScene(world, pipeline);
  const request = await normalize(play);
  await expectDone(scene.deliver(request, remediateClient, true));
  const waited: string[] = [];
  for (let waits = 0; waits < WAITS_MAX; waits += 1) {
    const record = await getRecord(world, request.data.record);
    if (record === undefined) throw new Error(`${request.data.record} does not exist`);
    const { phase, reason = "" } = record.status ?? { phase: "Pending" };
    if (isEnded(phase)) return { record, alerts: scene.alerts, waited };
    const what = phase === "Waiting" ? reason : phase;
    if (waited.at(-1) !== what) waited.push(what);
    await meanwhile?.(record);
    if (phase === "AwaitingApproval") await approve(record);
    await expectDone(scene.wake(remediateClient, phase === "AwaitingApproval" ? "now" : "due"));
  }
  throw new Error(`${request.data.record} still waits: ${waited.join(", ")}`);
}

async function expectDone(verdict: Promise<{ readonly outcome: string }>): Promise<void> {
  const answer = await verdict;
  if (answer.outcome !== "done") throw new Error(JSON.stringify(answer));
}

/** The only request that normalize sends about the trigger. */
async function normalize(play: StoryPlay): Promise<RemediationRequest> {
  const { world, pipeline, normalizeClient: client, trigger } = play;
  const queues = createFakeQueues();
  const run = createNormalize({
    pipeline,
    client,
    discovery: createDiscovery({ client, now: () => performance.now() }),
    clusterUid: createClusterUid(client),
    queues: queues.client,
    remediationsQueueUrl: toQueueUrl("remediations.fifo"),
    transfersQueueUrl: toQueueUrl("transfers.fifo"),
    alertsQueueUrl: toQueueUrl("alerts"),
    wakeupsQueueUrl: toQueueUrl("wakeups"),
    now: () => new Date().toISOString(),
  });
  const live = { clusterUid: world.clusterUid, time: new Date().toISOString() };
  const message = toExampleMessage(pipeline, trigger, live);
  const verdicts = await run([toRecord("m", JSON.stringify(message), { group: "g" })], toContext());
  const [entry, ...others] = queues.sentTo("remediations.fifo");
  if (entry === undefined || others.length > 0) throw new Error(JSON.stringify(verdicts));
  const parsed = parseRemediationRequest(entry.MessageBody ?? "");
  if (parsed.outcome === "refused") throw new Error(JSON.stringify(parsed));
  return parsed.value;
}

function toContext(): Parameters<ReturnType<typeof createNormalize>>[1] {
  const log = (): void => undefined;
  return {
    signal: new AbortController().signal,
    deadlineMs: Date.now() + 60_000,
    telemetry: { logger: { debug: log, info: log, warn: log, error: log }, count: log },
  };
}
