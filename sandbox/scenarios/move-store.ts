import type { KubernetesObject } from "../../events/change.ts";
import type { Move, MoveStatus } from "../../events/moves/move.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { isKubemendError } from "../../core/errors.ts";
import { findBackup } from "./find-backup.ts";
import {
  StepFailed,
  type BackupInScenario,
  type Scenario,
  type ScenarioContext,
} from "./scenario.ts";

const MOVES = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/moves";
const RECORDS = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend/remediations";
const SHOP = "/api/v1/namespaces/shop";

/** A Move that waits is looked at again within a minute. */
const MOVED_MS = 150_000;

/** The objects that move, the owner of each before it. */
const OBJECTS = [
  { path: `${SHOP}/configmaps`, kind: "ConfigMap", name: "store", owner: undefined, more: {} },
  {
    path: `${SHOP}/services`,
    kind: "Service",
    name: "front",
    owner: "store",
    more: { spec: { ports: [{ port: 80 }] } },
  },
  {
    path: `${SHOP}/configmaps`,
    kind: "ConfigMap",
    name: "goods",
    owner: "store",
    more: { data: { tea: "3" } },
  },
  {
    path: `${SHOP}/secrets`,
    kind: "Secret",
    name: "till",
    owner: "goods",
    more: { stringData: { code: "play" } },
  },
] as const;

/** (g) An object moves to another cluster with all that it owns, because a rule says so: the functions carry it out. */
export const moveStore: Scenario = {
  id: "g",
  title: "an object moves to another cluster with all that it owns, and nothing is lost on the way",
  async run(context) {
    const backup = findBackup(context);
    await createObjects(context);
    const move = await beginMove(context);
    await followMove(context, move);
    await compareClusters(context, backup);
    await context.step("the remediation has waited for it, and has succeeded", () =>
      findRecord(context.kubernetes, move),
    );
  },
};

async function createObjects(context: ScenarioContext): Promise<void> {
  await context.change(
    "ConfigMap store is created in namespace shop; it owns Service front and ConfigMap goods, which owns Secret till",
    async () => {
      const uids = new Map<string, string>();
      for (const { path, kind, name, owner, more } of OBJECTS) {
        const uid = owner === undefined ? undefined : uids.get(owner);
        const reference = { apiVersion: "v1", kind: "ConfigMap", name: owner, uid };
        const owners = uid === undefined ? {} : { ownerReferences: [reference] };
        const body = { apiVersion: "v1", kind, metadata: { name, ...owners }, ...more };
        const made = await context.kubernetes.request<KubernetesObject>({
          method: "POST",
          path,
          body,
        });
        uids.set(name, made.metadata.uid);
      }
    },
  );
}

async function beginMove(context: ScenarioContext): Promise<Move> {
  const { kubernetes: here } = context;
  await context.change("somebody gives ConfigMap store the label move=yes", () =>
    here.request({
      method: "PATCH",
      path: `${SHOP}/configmaps/store`,
      contentType: "application/merge-patch+json",
      body: { metadata: { labels: { move: "yes" } } },
    }),
  );
  return context.step(
    "a remediation begins a Move to the cluster backup",
    async () => {
      const { items } = await here.request<{ items: readonly Move[] }>({
        method: "GET",
        path: MOVES,
      });
      return items[0];
    },
    { detail: ({ metadata }) => `kubectl get moves ${metadata.name} --namespace kubemend` },
  );
}

/** Each step is over when the Move says so; it may have said more by then. */
async function followMove(context: ScenarioContext, { metadata }: Move): Promise<void> {
  const follow = (step: string, isDone: (status: MoveStatus) => boolean): Promise<MoveStatus> =>
    context.step(
      step,
      async () => {
        const path = `${MOVES}/${metadata.name}`;
        const { status } = await context.kubernetes.request<Move>({ method: "GET", path });
        if (status?.problem !== undefined) {
          const { reason, wayOut } = status.problem;
          throw new StepFailed(step, `the Move has a problem: ${reason} (${wayOut})`);
        }
        return status !== undefined && isDone(status) ? status : undefined;
      },
      { timeoutMs: MOVED_MS, detail: describeCounts },
    );
  const all = OBJECTS.length;
  await follow("it has found what store owns", ({ counts }) => counts?.objects === all);
  await follow(
    "the cluster backup has a copy of each, owners first",
    ({ counts }) => counts?.created === all,
  );
  await follow(
    "both clusters were compared, and from here on there is no way back",
    ({ pointOfNoReturnAt }) => pointOfNoReturnAt !== undefined,
  );
  await follow("everything has moved, dependents first", ({ phase }) => phase === "Moved");
}

function describeCounts({ phase, counts }: MoveStatus): string {
  const { objects = 0, levels = 0, created = 0, gone = 0 } = counts ?? {};
  return `${phase}: ${objects} objects in ${levels} levels, ${created} created, ${gone} gone from here`;
}

async function compareClusters(
  context: ScenarioContext,
  { kubernetes: there }: BackupInScenario,
): Promise<void> {
  await context.step("this cluster has none of them", async () => {
    const found = await readAll(context.kubernetes);
    return found.length === 0 ? true : undefined;
  });
  await context.step(
    "the cluster backup has all of them, each with the uid that its owner has there",
    async () => {
      const found = await readAll(there);
      const uids = new Map(found.map(({ metadata }) => [metadata.name, metadata.uid]));
      const isOwned = OBJECTS.every(({ name, owner }) => {
        const object = found.find(({ metadata }) => metadata.name === name);
        const owners = (object?.metadata["ownerReferences"] ?? []) as readonly { uid: string }[];
        const expected = owner === undefined ? [] : [uids.get(owner)];
        return (
          object !== undefined &&
          JSON.stringify(owners.map(({ uid }) => uid)) === JSON.stringify(expected)
        );
      });
      return isOwned ? found : undefined;
    },
    { detail: (found) => found.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(", ") },
  );
}

async function readAll(client: KubernetesClient): Promise<readonly KubernetesObject[]> {
  const found = await Promise.all(
    OBJECTS.map(({ path, name }) =>
      client
        .request<KubernetesObject>({ method: "GET", path: `${path}/${name}` })
        .catch((error: unknown) => {
          if (isKubemendError(error, "NotFound")) return undefined;
          throw error;
        }),
    ),
  );
  return found.filter((object) => object !== undefined);
}

async function findRecord(client: KubernetesClient, { metadata }: Move): Promise<true | undefined> {
  const annotations = metadata.annotations as Readonly<Record<string, string>> | undefined;
  const path = `${RECORDS}/${annotations?.["kubemend.dev/cause"] ?? ""}`;
  const { status } = await client.request<{ status?: { phase?: string } }>({ method: "GET", path });
  return status?.phase === "Succeeded" ? true : undefined;
}
