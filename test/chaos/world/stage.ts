import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateQueueCommand } from "@aws-sdk/client-sqs";
import { untilKept } from "../check/arrival.ts";
import { check } from "../check/check.ts";
import { checkQuiet } from "../check/check-compared.ts";
import { checkMessage } from "../check/check-message.ts";
import type { CheckedWatch, CheckInput, Leaving, Miss } from "../check/checked.ts";
import type { Chronicle } from "../chronicle.ts";
import type { FaultContext } from "../faults/fault.ts";
import { createGate } from "./gate.ts";
import { startMending } from "../mending/mending.ts";
import { startMirroring, toMirrorRule, toTargetCluster } from "../mirroring/mirroring.ts";
import { toPlaces, toRule } from "../mending/places.ts";
import { planPipeline } from "./pipeline.ts";
import { createPoisonWriter } from "./poison-writer.ts";
import type { Random } from "../random.ts";
import { createReader, type Reader } from "./reader.ts";
import { createRelayKeeper } from "./relay-keeper.ts";
import { LEASE_ENVIRONMENT, toOneKeeper } from "./relay-pair.ts";
import { createTruthLog, type Team, type TruthLog } from "../check/truth.ts";
import type { World } from "./world.ts";
import { createWriter, type Writer, type WriterDeps } from "./writer.ts";

/** Everything that belongs to a single round: a namespace, a queue, a relay with a new state folder, and the writers. */
export type Stage = Omit<FaultContext, "random"> & {
  readonly reader: Reader;
  readonly log: TruthLog;
  /** The writers that write all the time. */
  readonly crowd: readonly Writer[];
  readonly input: () => CheckInput;
  /** Writes two states one after the other when nothing fails any more: whether the team has changed must be known of each. */
  readonly untilCompared: () => Promise<void>;
  /** Promises that were not yet kept when a fault waited for them. */
  readonly earlyMisses: readonly Miss[];
};

export type StageOptions = {
  readonly world: World;
  /** Kubemend's command line, whose relay is tested. */
  readonly script: string;
  readonly leaving: Leaving;
  /** Whether objects that no watch selects any more are selected again later. */
  readonly returns: boolean;
  readonly checkIds: boolean;
  readonly patienceMs: number;
  /** Two relays share a Lease. */
  readonly twoRelays: boolean;
  /** Jobs fail, and the functions mend them. */
  readonly mends: boolean;
  /** Whether the writers' objects are mirrored into another cluster. */
  readonly mirrors: boolean;
  /** Folder of the functions' bundles; default: those of this tree. */
  readonly functions?: string | undefined;
};

const ANCHOR = "anchor";
const WRITERS = 3;
const NAMES_OF_A_WRITER = 6;

export async function setStage(
  options: StageOptions,
  { random, chronicle }: { readonly random: Random; readonly chronicle: Chronicle },
): Promise<Stage> {
  const { world, leaving, returns, checkIds } = options;
  const namespace = `chaos-${random.between(0, 2 ** 30).toString(36)}-${Date.now().toString(36)}`;
  const target = options.mirrors ? await world.openTarget() : undefined;
  const rules = [
    ...(options.mends ? [toRule(toPlaces(namespace))] : []),
    ...(options.mirrors ? [toMirrorRule(namespace)] : []),
  ];
  const clusters = target === undefined ? [] : [toTargetCluster(target)];
  const { text, watches, ruleWatches } = planPipeline(namespace, rules, clusters);
  const queuePath = await createPlaces(world, namespace);
  const folder = join(world.folder, namespace);
  mkdirSync(folder);
  const places = { namespace, folder, pipeline: text, queuePath };
  const { relay, relays } = createRelays(options, places, chronicle.report);
  const reader = createReader(world.queueClient, world.queues.endpoint + queuePath);
  const log = createTruthLog(chronicle.elapsedMs);
  const { crowd, anchor } = createWriters({
    client: world.client,
    namespace,
    log,
    random,
    returns,
  });
  const input = (): CheckInput => {
    const { clusterUid } = world;
    const { received } = reader;
    const { truth } = log;
    return { clusterUid, namespace, watches, ruleWatches, truth, received, leaving, checkIds };
  };
  const poison = createPoisonWriter({
    client: world.client,
    namespace,
    log,
    random: random.fork("poison"),
  });
  const mending = options.mends
    ? await startMending(world, { ...places, ruleWatches, reader, random: random.fork("jobs") })
    : undefined;
  const { functions } = options;
  const mirroring =
    target === undefined
      ? undefined
      : await startMirroring(world, target, { ...places, functions, ruleWatches, reader });
  const earlyMisses: Miss[] = [];
  const touch = async (team: Team): Promise<void> => {
    await anchor.touch(ANCHOR, team);
    await untilKept(reader, () => check(input()), options.patienceMs);
  };
  return {
    world,
    relay,
    relays,
    reader,
    log,
    crowd,
    input,
    earlyMisses,
    gate: createGate(),
    poison,
    mending,
    mirroring,
    onMisses: (misses) => void earlyMisses.push(...misses),
    writers: [...crowd, anchor, poison, ...(mending === undefined ? [] : [mending.jobs])],
    report: chronicle.report,
    async untilAllHere() {
      await touch("red");
      earlyMisses.push(...check(input()));
    },
    async untilCompared() {
      for (const team of ["red", "red", "blue"] as const) await touch(team);
      const sightings = reader.received.flatMap((message) => {
        const { sighting } = checkMessage(message, input());
        const isOf = sighting?.name === ANCHOR && watches.some(isCompared(sighting.watch));
        return sighting !== undefined && isOf ? [sighting] : [];
      });
      earlyMisses.push(...checkQuiet(ANCHOR, sightings, ["no", "yes"]));
    },
  };
}

const isCompared =
  (watch: string) =>
  ({ key, compared }: CheckedWatch): boolean =>
    key === watch && compared === true;

/** Each writer has its own object names, and its own random choices. */
function createWriters(deps: Omit<WriterDeps, "id" | "names">): {
  readonly crowd: readonly Writer[];
  readonly anchor: Writer;
} {
  const create = (id: string, names: readonly string[]): Writer =>
    createWriter({ ...deps, id, names, random: deps.random.fork(id) });
  const crowd = Array.from({ length: WRITERS }, (_, writer) => {
    const names = Array.from({ length: NAMES_OF_A_WRITER }, (_, name) => `w${writer}-${name}`);
    return create(`w${writer}`, names);
  });
  return { crowd, anchor: create(ANCHOR, [ANCHOR]) };
}

/** Creates the round's namespace and queue; returns the queue's path. */
async function createPlaces(world: World, namespace: string): Promise<string> {
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await world.client.request({ method: "POST", path: "/api/v1/namespaces", body });
  const QueueName = `${namespace}.fifo`;
  const Attributes = { FifoQueue: "true" };
  await world.queueClient.send(new CreateQueueCommand({ QueueName, Attributes }));
  return `/000000000000/${QueueName}`;
}

function createRelays(
  { world, script, twoRelays }: StageOptions,
  places: {
    readonly namespace: string;
    readonly folder: string;
    readonly pipeline: string;
    readonly queuePath: string;
  },
  report: (text: string) => void,
): Pick<FaultContext, "relay" | "relays"> {
  const { folder } = places;
  const config = join(folder, "pipeline.yaml");
  writeFileSync(config, places.pipeline);
  const environment = toRelayEnvironment(world, places.queuePath);
  const common = { script, config, environment, report };
  if (!twoRelays) {
    const relay = createRelayKeeper({ ...common, stateDir: join(folder, "state") });
    return { relay, relays: [relay] };
  }
  const lease = `${places.namespace}/relay`;
  const relays = ["relay A", "relay B"].map((name) =>
    createRelayKeeper({
      ...common,
      name,
      lease,
      stateDir: join(folder, `state of ${name}`),
      environment: { ...environment, ...LEASE_ENVIRONMENT },
    }),
  );
  return { relay: toOneKeeper(relays), relays };
}

/** Short times, so that a round is short: the watchdog fires after 3 s of silence, backoff is 50-400 ms. */
function toRelayEnvironment(world: World, queuePath: string): NodeJS.ProcessEnv {
  const endpoint = `http://127.0.0.1:${world.queueProxy.port}`;
  return {
    ...process.env,
    KUBECONFIG: world.relayKubeconfig,
    KUBEMEND_CHANGES_QUEUE_URL: endpoint + queuePath,
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_ACCESS_KEY_ID: "chaos",
    AWS_SECRET_ACCESS_KEY: "chaos",
    KUBEMEND_WATCHDOG_MS: "3000",
    KUBEMEND_BOOKMARK_DEADLINE_MS: "3000",
    KUBEMEND_BACKOFF_MIN_MS: "50",
    KUBEMEND_BACKOFF_MAX_MS: "400",
  };
}
