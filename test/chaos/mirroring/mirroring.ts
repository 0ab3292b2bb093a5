import { setTimeout as sleep } from "node:timers/promises";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installCrd } from "../../../sandbox/access/install-crd.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { Miss } from "../check/checked.ts";
import { feedFunctions } from "../mending/feed.ts";
import { startRoundFunctions, type RoundFunctionsOptions } from "../mending/functions.ts";
import { ROUND_LABEL } from "../world/own-objects.ts";
import type { Reader } from "../world/reader.ts";
import type { World } from "../world/world.ts";
import { checkMirroring, type MirroredState } from "./check-mirroring.ts";
import type { Target } from "./target.ts";

/** The half of a round that is about a mirror: the ConfigMaps of the writers, and the functions that copy them. */
export type Mirroring = {
  readonly target: Target;
  /** Kills all processes of transfer. */
  readonly kill: () => Promise<void>;
  /** Waits until each object has its copy, or the time is up, and returns what is missing then. */
  readonly untilMirrored: (patienceMs: number) => Promise<readonly Miss[]>;
  readonly stop: () => Promise<void>;
};

const TARGET = "there";
const POLL_MS = 400;

/** The round's rule. It has a watch of its own, whose messages are for the functions. */
export function toMirrorRule(namespace: string): object {
  return {
    id: "mirror",
    on: { resource: "configmaps", namespaces: [namespace], labelSelector: ROUND_LABEL },
    // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
    then: [{ mirror: { to: [TARGET] } }],
  };
}

export function toTargetCluster({ controlPlane }: Target): object {
  return { name: TARGET, access: { kubeconfig: controlPlane.kubeconfig } };
}

export async function startMirroring(
  world: World,
  target: Target,
  round: RoundFunctionsOptions & {
    readonly ruleWatches: readonly string[];
    readonly reader: Reader;
  },
): Promise<Mirroring> {
  const { client } = world;
  const { namespace } = round;
  for (const file of listInfraFiles("crds")) await installCrd(client, file);
  const body = { metadata: { name: namespace } };
  await target.client.request({ method: "POST", path: "/api/v1/namespaces", body });
  const functions = await startRoundFunctions(world, ["normalize", "transfer"], round);
  const stopFeeding = feedFunctions({
    reader: round.reader,
    watches: new Set(round.ruleWatches),
    client: world.queueClient,
    queueUrl: functions.queues["changes"] ?? "",
  });
  const check = async (): Promise<readonly Miss[]> => {
    const [sources, copies] = await Promise.all(
      [client, target.client].map((one) => readStates(one, namespace)),
    );
    const letters = await functions.readDeadLetters();
    return [
      ...checkMirroring(sources ?? [], copies ?? []),
      ...letters.map((letter): Miss => {
        return { rule: "only poison fails", text: `a dead letter: ${letter.slice(0, 300)}` };
      }),
    ];
  };
  return {
    target,
    kill: () => functions.kill("transfer"),
    async untilMirrored(patienceMs) {
      const deadline = performance.now() + patienceMs;
      for (;;) {
        // An API server may be down.
        const misses = await check().catch(() => undefined);
        if (misses?.length === 0) return misses;
        if (performance.now() > deadline) return misses ?? check();
        await sleep(POLL_MS);
      }
    },
    async stop() {
      await stopFeeding();
      await functions.stop();
    },
  };
}

type Marks = Readonly<Record<string, string>>;
type Item = {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Marks;
    readonly annotations?: Marks;
  };
  readonly data?: Marks;
};

async function readStates(
  client: KubernetesClient,
  namespace: string,
): Promise<readonly MirroredState[]> {
  const { items } = await client.request<{ readonly items: readonly Item[] }>({
    method: "GET",
    path: `/api/v1/namespaces/${namespace}/configmaps`,
    query: { labelSelector: ROUND_LABEL },
  });
  return items.map(({ metadata: { name, uid, labels, annotations }, data }) => ({
    name,
    uid,
    team: labels?.["team"] ?? "none",
    step: data?.["step"] ?? "",
    sourceUid: annotations?.["kubemend.dev/source-uid"],
  }));
}
