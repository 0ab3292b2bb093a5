import { setTimeout as sleep } from "node:timers/promises";
import { findElasticMqObstacle } from "../support/queues/elasticmq.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { measureBareLoop, prepareBareLoop, type BareLoop } from "./mirroring/bare-loop.ts";
import {
  changeAll,
  createSources,
  followCopies,
  untilCopied,
  type MirrorPassage,
} from "./mirroring/load.ts";
import { MIRRORED, setMirrorStage, type MirrorStage } from "./mirroring/stage.ts";
import { toPercentile } from "./percentile.ts";
import { readProcessUse, toCpuEach, type ProcessUse } from "./remediation/processes.ts";
import { countRequests, toRequestsEach } from "./remediation/requests.ts";

const DEFAULT_OBJECTS = 5_000;
const RATES = [20, 200];
const BARE_COUNT = 2_000;
const COUNTED: ReadonlySet<string> = new Set([
  "configmaps",
  "mirrors",
  "namespaces",
  "remediations",
]);

type Passed = {
  readonly count: number;
  readonly passages: readonly MirrorPassage[];
  /** Requests for each copy, by verb and resource. */
  readonly source: ReadonlyMap<string, number>;
  readonly target: ReadonlyMap<string, number>;
  /** CPU time for each copy, in ms, by process. */
  readonly cpu: ReadonlyMap<string, number>;
};

export const mirror: Bench = {
  about: "a first mirror, and the time from a change to its copy, beside a bare loop",
  async run(context) {
    const queues = findElasticMqObstacle() === undefined ? "ElasticMQ" : "fauxqs";
    const { options, progress } = context;
    await using stage = await setMirrorStage(context.folder, queues);
    const names = Array.from(
      { length: options.objects ?? DEFAULT_OBJECTS },
      (_, index) => `settings-${index}`,
    );
    progress.doing(`creating ${names.length} objects`);
    await createSources(stage.source, MIRRORED, names);
    // Before and after, because others may use the machine for some of the time.
    const bareNames = names.slice(0, BARE_COUNT);
    progress.doing("the bare loop");
    await prepareBareLoop(stage, bareNames);
    const bare = [await measureBareLoop(stage, { names: bareNames, step: "before" })];
    progress.doing("the first mirror");
    const first = await measure(stage, () => mirrorFirst(stage, names));
    const all: (readonly [string, Passed])[] = [["first mirror", first]];
    for (const perSecond of RATES) {
      progress.doing(`${perSecond} changes a second`);
      const some = names.slice(0, perSecond * options.seconds);
      const step = `at-${perSecond}`;
      const load = { names: some, perSecond, step };
      all.push([`${perSecond}/s`, await measure(stage, () => changeAll(stage, load))]);
    }
    const problems = await stage.stage.diagnose();
    if (problems !== "") process.stderr.write(`${problems}\n`);
    progress.doing("the bare loop again");
    await stage.stage.stopPipeline();
    bare.push(await measureBareLoop(stage, { names: bareNames, step: "after" }));
    showAll(context, all, { queues, bare });
  },
};

/** Measures the first mirror, from the start of the pipeline until each object has its copy. */
async function mirrorFirst(
  stage: MirrorStage,
  names: readonly string[],
): Promise<readonly MirrorPassage[]> {
  await using copies = await followCopies(stage);
  const sentMs = Date.now();
  await stage.stage.startPipeline();
  await untilCopied(copies, names, "first");
  return names.flatMap((name) => {
    const appliedMs = copies.find(name, "first");
    return appliedMs === undefined ? [] : [{ sentMs, appliedMs }];
  });
}

/** The cost of a load. A comparison that is asked for in this minute belongs to it. */
async function measure(
  { source, target }: MirrorStage,
  work: () => Promise<readonly MirrorPassage[]>,
): Promise<Passed> {
  const read = async () => ({
    source: await countRequests(source, COUNTED),
    target: await countRequests(target, COUNTED),
    use: readProcessUse() satisfies ReadonlyMap<string, ProcessUse>,
  });
  const before = await read();
  const passages = await work();
  await sleep(1_000);
  const after = await read();
  const count = passages.length;
  return {
    count,
    passages,
    source: toRequestsEach(before.source, after.source, count),
    target: toRequestsEach(before.target, after.target, count),
    cpu: toCpuEach(before.use, after.use, count),
  };
}

function showAll(
  { show }: BenchContext,
  all: readonly (readonly [string, Passed])[],
  { queues, bare }: { readonly queues: string; readonly bare: readonly BareLoop[] },
): void {
  const bareRates = bare.map((loop) => loop.perSecond);
  const bareMean = bareRates.reduce((sum, rate) => sum + rate, 0) / bareRates.length;
  const bareText = bareRates.map((rate) => rate.toFixed(0)).join("/s, and ");
  show({
    title: `Change to copy, ${queues}; the bare loop makes ${bareText}/s`,
    columns: ["load", "copies", "copies/s", "of bare", "p50 ms", "p99 ms", "requests there"],
    rows: all.map(([load, { passages, target }]) => {
      const perSecond = toPerSecond(passages);
      const ms = passages.map(({ sentMs, appliedMs }) => appliedMs - sentMs);
      return [
        load,
        passages.length,
        perSecond,
        perSecond / bareMean,
        toPercentile(ms, 0.5),
        toPercentile(ms, 0.99),
        [...target.values()].reduce((sum, each) => sum + each, 0),
      ];
    }),
    notes: [
      "first mirror: of all objects, from the first copy to the last; its times are those since the start of relay and functions",
      "of bare: the part of the bare loop's rate, of its two runs before and after",
      "requests there: for ConfigMaps and namespaces, to the target's API server, for each copy",
    ],
  });
  const pick = (of: (passed: Passed) => ReadonlyMap<string, number>): readonly Each[] =>
    all.map(([load, passed]) => [load, of(passed)]);
  showEach(
    show,
    "Requests for each copy, in the cluster of the sources",
    pick(({ source }) => source),
  );
  showEach(
    show,
    "Requests for each copy, in the target",
    pick(({ target }) => target),
  );
  const cpu = pick((passed) => passed.cpu);
  showEach(show, "CPU time for each copy, in ms", [
    ...bare.map((loop): Each => ["bare loop", loop.cpu]),
    ...cpu,
  ]);
}

function toPerSecond(passages: readonly MirrorPassage[]): number {
  const appliedMs = passages.map((passage) => passage.appliedMs);
  return (passages.length * 1_000) / (Math.max(...appliedMs) - Math.min(...appliedMs));
}

/** The requests or the CPU time that a load needs for each copy, by name. */
type Each = readonly [load: string, each: ReadonlyMap<string, number>];

function showEach(show: BenchContext["show"], title: string, all: readonly Each[]): void {
  const names = [...new Set(all.flatMap(([, each]) => [...each.keys()]))].toSorted();
  show({
    title,
    columns: ["", ...all.map(([load]) => load)],
    rows: names.map((name) => [name, ...all.map(([, each]) => each.get(name) ?? 0)]),
  });
}
