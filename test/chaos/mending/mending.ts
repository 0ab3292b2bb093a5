import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import { CAUSE_ANNOTATION } from "../../../core/operations/loops/cause-annotations.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { listInfraFiles } from "../../../sandbox/access/infra-files.ts";
import { installCrd } from "../../../sandbox/access/install-crd.ts";
import type { Miss } from "../check/checked.ts";
import type { Random } from "../random.ts";
import type { Reader } from "../world/reader.ts";
import type { World } from "../world/world.ts";
import { checkMending, type MadeJob, type MendingRecord } from "./check-mending.ts";
import { feedFunctions } from "./feed.ts";
import { startRoundFunctions, type RoundFunctions } from "./functions.ts";
import { createJobWriter, toJobsPath, type DueJob, type JobWriter } from "./job-writer.ts";
import { toPlaces, type MendingPlaces } from "./places.ts";

/** The half of a round that is about remediations: failed Jobs, and the functions that run them again. */
export type Mending = {
  readonly places: MendingPlaces;
  readonly jobs: JobWriter;
  readonly queues: RoundFunctions["queues"];
  /** Waits until these Jobs have been mended, or the time is up, and returns what is missing then. Default: all that are due. */
  readonly untilMended: (patienceMs: number, of?: readonly DueJob[]) => Promise<readonly Miss[]>;
  /** Everything that the checker asks of remediations, as of now. */
  readonly check: () => Promise<readonly Miss[]>;
  readonly stop: () => Promise<void>;
};

const POLL_MS = 400;

export function toRecordsPath(namespace: string): string {
  return `/apis/kubemend.dev/v1alpha1/namespaces/${namespace}/remediations`;
}

export async function startMending(
  world: World,
  round: {
    readonly namespace: string;
    readonly folder: string;
    readonly pipeline: string;
    readonly ruleWatches: readonly string[];
    readonly reader: Reader;
    readonly random: Random;
  },
): Promise<Mending> {
  const { client } = world;
  for (const file of listInfraFiles("crds")) await installCrd(client, file);
  const places = toPlaces(round.namespace);
  const metadata = { name: places.troubled };
  await client.request({ method: "POST", path: "/api/v1/namespaces", body: { metadata } });
  const jobs = createJobWriter({ client, places, random: round.random });
  await jobs.prepare();
  const functions = await startRoundFunctions(world, ["normalize", "remediate"], round);
  const stopFeeding = feedFunctions({
    reader: round.reader,
    watches: new Set(round.ruleWatches),
    client: world.queueClient,
    queueUrl: functions.queues["changes"] ?? "",
  });
  const check = async (due: readonly DueJob[]): Promise<readonly Miss[]> => {
    const state = await readState(client, places);
    return checkMending({ ...state, due, deadLetters: await functions.readDeadLetters() });
  };
  return {
    places,
    jobs,
    queues: functions.queues,
    check: () => check(jobs.due()),
    async untilMended(patienceMs, of) {
      const deadline = performance.now() + patienceMs;
      for (;;) {
        // The API server or the queue may be down.
        const misses = await check(of ?? jobs.due()).catch(() => undefined);
        if (misses?.length === 0) return misses;
        if (performance.now() > deadline) return misses ?? check(of ?? jobs.due());
        await sleep(POLL_MS);
      }
    },
    async stop() {
      await stopFeeding();
      await functions.stop();
    },
  };
}

type Item = {
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
};
type List<T> = { readonly items: readonly T[] };

async function readState(
  client: KubernetesClient,
  { healthy, troubled }: MendingPlaces,
): Promise<{ readonly made: readonly MadeJob[]; readonly records: readonly MendingRecord[] }> {
  const read = <T>(path: string): Promise<List<T>> =>
    client.request<List<T>>({ method: "GET", path });
  const lists = await Promise.all(
    [healthy, troubled].map((namespace) => read<Item>(toJobsPath(namespace))),
  );
  const { items } = await read<RemediationRecord>(toRecordsPath(healthy));
  return {
    made: lists
      .flatMap((list) => list.items)
      .flatMap(({ metadata: { name, annotations } }) => {
        const record = annotations?.[CAUSE_ANNOTATION];
        return record === undefined ? [] : [{ name, record }];
      }),
    records: items.map(({ metadata, spec, status }) => ({
      name: metadata.name,
      triggerUid: spec.trigger.uid,
      triggerName: spec.trigger.name,
      phase: status?.phase ?? "Pending",
      reason: status?.reason ?? "",
    })),
  };
}
