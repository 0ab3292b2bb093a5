import type { KubernetesObject } from "../../../events/change.ts";
import { createMoveStore } from "../../../adapters/kubernetes/move/move-store.ts";
import { followMove } from "../../../cli/move/follow-move.ts";
import { createHierarchy, GROUP } from "../../support/move/cluster-api.ts";
import {
  createNamespace,
  MOVE_NAMESPACE,
  startMoveWorld,
  type MoveWorld,
} from "../../support/move/move-world.ts";
import type { Bench, BenchContext } from "../bench.ts";
import { readProcessUse, toCpuEach } from "../remediation/processes.ts";
import { measureBareLoop } from "./bare-loop.ts";
import { createCounter, type Cost } from "./counted-clients.ts";

const DEFAULT_OBJECTS = 500;
const DEPLOYMENTS = 6;
/** A Cluster and its Secret; and of each MachineDeployment itself, a template and a MachineSet. */
const OF_CLUSTER = 2;
const OF_DEPLOYMENT = 3;

type Measured = {
  readonly load: string;
  readonly objects: number;
  readonly cost: Cost;
  /** CPU time for each object, in ms, by process. */
  readonly cpu: ReadonlyMap<string, number>;
  readonly phases?: ReadonlyMap<string, Cost>;
};

export const move: Bench = {
  about: "a move of objects in five levels, beside a bare loop that creates and deletes as many",
  async run(context) {
    const { options, progress } = context;
    await using world = await startMoveWorld();
    const count = options.objects ?? DEFAULT_OBJECTS;
    const all: Measured[] = [];
    // Bare loops before, between and after, because others may use the machine for some of the time.
    for (const [at, load] of ["bare", "move", "bare", "move", "bare"].entries()) {
      for (const finalizers of [false, true]) {
        const name = finalizers ? `${load} with finalizers` : load;
        progress.doing(`${name}: creating ${count} objects`);
        const namespace = `ns-${at}-${finalizers ? "held" : "free"}`;
        const objects = await prepare(world, { namespace, count, finalizers });
        progress.doing(name);
        const work = load === "bare" ? measureBareLoop : measureMove;
        all.push(await measure(name, objects, () => work(world, objects)));
      }
    }
    showAll(context, all);
  },
};

async function prepare(
  { source, target }: MoveWorld,
  {
    namespace,
    count,
    finalizers,
  }: { readonly namespace: string; readonly count: number; readonly finalizers: boolean },
): Promise<readonly KubernetesObject[]> {
  for (const client of [source, target]) await createNamespace(client, namespace);
  const each = (count - OF_CLUSTER - DEPLOYMENTS * OF_DEPLOYMENT) / (2 * DEPLOYMENTS);
  const machines = Math.max(1, Math.round(each));
  const made = await createHierarchy(source, {
    namespace,
    deployments: DEPLOYMENTS,
    machines,
    finalizers,
  });
  return made.objects;
}

type Work = Cost & { readonly phases?: ReadonlyMap<string, Cost> };

async function measure(
  load: string,
  objects: readonly KubernetesObject[],
  work: () => Promise<Work>,
): Promise<Measured> {
  const before = readProcessUse();
  const { phases, ...cost } = await work();
  const cpu = toCpuEach(before, readProcessUse(), objects.length);
  return { load, objects: objects.length, cost, cpu, ...(phases === undefined ? {} : { phases }) };
}

/** The move as the command does it, from the creation of the Move to its end. */
async function measureMove(world: MoveWorld, objects: readonly KubernetesObject[]): Promise<Work> {
  const { signal } = new AbortController();
  const namespace = objects[0]?.metadata.namespace ?? "";
  const counter = createCounter("Planning");
  const source = counter.wrap("source", world.source);
  const sides = world.toSides({ source, target: counter.wrap("target", world.target) });
  const store = createMoveStore({ client: source, namespace: MOVE_NAMESPACE });
  const select = [{ resource: `clusters.${GROUP}`, namespace, name: "web", withOwned: true }];
  const spec = { target: { cluster: "target" }, select, removeFinalizers: ["*"] };
  const { metadata } = await store.create(`move-${namespace}`, spec, signal);
  const deps = { sides, store, now: Date.now, show: () => undefined };
  const { move: ended } = await followMove(deps, metadata.name, signal);
  const phases = counter.read();
  const { phase, counts, problem } = ended.status ?? {};
  if (phase !== "Moved" || counts?.objects !== objects.length) {
    throw new Error(`the move ended in ${phase}: ${JSON.stringify({ counts, problem })}`);
  }
  const cost: Cost = { ms: 0, source: 0, target: 0 };
  for (const part of phases.values()) {
    cost.ms += part.ms;
    cost.source += part.source;
    cost.target += part.target;
  }
  return { ...cost, phases };
}

function showAll({ show }: BenchContext, all: readonly Measured[]): void {
  show({
    title: "A move in five levels, beside bare creations and deletions",
    columns: ["load", "objects", "ms", "of bare", "requests", "of bare", "CPU ms each", "of bare"],
    rows: all.map((one, at) => {
      const bare = findBare(all, at);
      return [
        one.load,
        one.objects,
        one.cost.ms,
        toRatio(one, bare, ({ cost }) => cost.ms),
        toRequests(one),
        toRatio(one, bare, toRequests),
        toCpu(one),
        toRatio(one, bare, toCpu),
      ];
    }),
    notes: [
      "bare: each object is created in the target and deleted in the source, eight at a time, and nothing is looked at",
      "of bare: beside the mean of the bare loops without finalizers just before and just after it",
      "with finalizers: nearly half of the objects have one, which a further request takes off",
      "requests: to both clusters. CPU ms each: of all processes, for each object; it depends least on who else uses the machine",
    ],
  });
  const moves = all.filter(({ phases }) => phases !== undefined);
  const names = [...new Set(moves.flatMap(({ phases }) => [...(phases?.keys() ?? [])]))];
  show({
    title: "The phases of each move: ms, and requests to both clusters",
    columns: ["phase", ...moves.flatMap(({ load }) => [`${load}, ms`, "requests"])],
    rows: names.map((name) => [
      name,
      ...moves.flatMap(({ phases }) => {
        const { ms, source, target } = phases?.get(name) ?? { ms: 0, source: 0, target: 0 };
        return [ms, source + target];
      }),
    ]),
  });
  const processes = [...new Set(all.flatMap(({ cpu }) => [...cpu.keys()]))].toSorted();
  show({
    title: "CPU time for each object, in ms",
    columns: ["", ...all.map(({ load }) => load)],
    rows: processes.map((name) => [name, ...all.map(({ cpu }) => cpu.get(name) ?? 0)]),
  });
}

/** The bare loops without finalizers that ran just before a load and just after it. */
function findBare(all: readonly Measured[], at: number): readonly Measured[] {
  const isBare = ({ load }: Measured): boolean => load === "bare";
  const before = all.slice(0, at + 1).findLast(isBare);
  const after = all.slice(at).find(isBare);
  return [before, after].filter((one) => one !== undefined);
}

function toRatio(
  one: Measured,
  bare: readonly Measured[],
  of: (measured: Measured) => number,
): number {
  return (of(one) * bare.length) / bare.reduce((sum, loop) => sum + of(loop), 0);
}

function toRequests({ cost }: Measured): number {
  return cost.source + cost.target;
}

function toCpu({ cpu }: Measured): number {
  return [...cpu.values()].reduce((sum, ms) => sum + ms, 0);
}
